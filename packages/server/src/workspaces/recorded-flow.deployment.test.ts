import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { endpoints } from "@hearth/sdk";
import { Deployment, simulatedEngine } from "@hearth/testkit";
import { shapeDifferences } from "../testing/index.ts";

interface Step {
  readonly note: string;
  readonly method: string;
  readonly path: string;
  readonly request?: Record<string, unknown> | null;
  readonly status: number;
  readonly response?: unknown;
}

const steps = JSON.parse(readFileSync(join(import.meta.dirname, "fixtures/build-flow.json"), "utf8")) as Step[];

const manifest = `
name: local
parameters:
  - { name: cpus, type: number, default: "2", validation: { min: 1, max: 8 } }
  - { name: region, type: string, default: eu, mutable: false, options: [{ name: EU, value: eu }, { name: US, value: us }] }
presets:
  - { name: small, parameters: { cpus: "2", region: eu } }
workspace: { engine: process, env: { CPUS: "\${param.cpus}", REGION: "\${param.region}" } }
agents: [{ name: main }]
`;

/** Notes of steps before which the build that runs must end, and before which the next one must stay unfinished. */
const settleBefore = [
  "cancel a finished build",
  "after the cancel",
  "unknown template version",
  "awake",
  "get it afterwards",
];
const holdBefore = ["create", "start what is started"];
/** The step before which a worker must have taken the build that is held. */
const takenBefore = "cancel it";

test("a recorded session with a workspace gets the answers that were recorded", async () => {
  const engine = simulatedEngine();
  let gate = Promise.withResolvers<void>();
  gate.resolve();
  const held: typeof engine = {
    ...engine,
    async apply(request, context) {
      await gate.promise;
      return await engine.apply(request, context);
    },
  };
  await using deployment = await Deployment.create({ engine: held });
  const template = await deployment.pushTemplate("local", manifest);
  await deployment.client.call(endpoints.templates.updateTemplate, {
    params: { template: template.id },
    body: { default_ttl_ms: 14_400_000 },
  });
  const { session_token } = await deployment.client.call(endpoints.auth.login, {
    body: { email: "admin@example.com", password: "Passw0rd-of-admin" },
  });
  const created = steps[0]?.response as { id: string; template_id: string };
  const ours = new Map([[created.template_id, template.id]]);
  const translate = (text: string) => [...ours].reduce((done, [recorded, own]) => done.replaceAll(recorded, own), text);

  for (const step of steps) {
    if (settleBefore.includes(step.note)) {
      gate.resolve();
      await deployment.settled(ours.get(created.id) ?? "");
    }
    if (step.note === takenBefore) {
      await deployment.until(
        "a worker has the build",
        () =>
          deployment.client.call(endpoints.workspaces.getWorkspace, {
            params: { workspace: ours.get(created.id) ?? "" },
          }),
        ({ latest_build }) => latest_build.job.status === "running",
      );
    }
    if (step.method === undefined) continue; // what the recording noted between two requests
    if (holdBefore.includes(step.note)) gate = Promise.withResolvers<void>();
    const body =
      step.request === null || step.request === undefined
        ? undefined
        : translate(JSON.stringify(withFreshTimes(step.request)));
    const answer = await fetch(`${deployment.url}${translate(step.path)}`, {
      method: step.method,
      headers: { "coder-session-token": session_token, "content-type": "application/json" },
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    expect([step.note, answer.status, answer.status === step.status ? "" : text]).toEqual([step.note, step.status, ""]);
    if (text === "") continue;
    const parsed: unknown = JSON.parse(text);
    if (answer.ok) learnIds(step.response, parsed, ours);
    const differences = answer.ok ? shapeDifferences(step.response, parsed) : fieldsOf(step.response, parsed);
    expect([step.note, differences]).toEqual([step.note, []]);
  }
});

/** A deadline of the recording lies in the past. */
function withFreshTimes(request: Record<string, unknown>): Record<string, unknown> {
  if (!("deadline" in request)) return request;
  return { ...request, deadline: new Date(Date.now() + 7_200_000).toISOString() };
}

/** Ids of workspaces and builds that the recording goes on with. */
function learnIds(recorded: unknown, own: unknown, ours: Map<string, string>): void {
  if (typeof recorded !== "object" || recorded === null || typeof own !== "object" || own === null) return;
  const [theirs, mine] = [recorded as Record<string, unknown>, own as Record<string, unknown>]; // objects of JSON
  if (typeof theirs["id"] === "string" && typeof mine["id"] === "string") ours.set(theirs["id"], mine["id"]);
  if ("latest_build" in theirs) learnIds(theirs["latest_build"], mine["latest_build"], ours);
}

/** Refusals name the same fields; their words are our own. */
function fieldsOf(recorded: unknown, own: unknown): string[] {
  const fields = (answer: unknown) =>
    ((answer as { validations?: { field: string }[] }).validations ?? []).map(({ field }) => field).toSorted();
  return fields(recorded).join() === fields(own).join()
    ? []
    : [`${fields(own).join()} instead of ${fields(recorded).join()}`];
}
