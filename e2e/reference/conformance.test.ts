import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { endpoints } from "@hearth/sdk";
import { Deployment } from "@hearth/testkit";
import { lacks, wantedDifferences } from "./compare.ts";
import { areaOf, badToken, questionsOf, type Question, type RecordedRoute } from "./questions.ts";
import { referenceTemplate } from "./reference-template.ts";

interface Row {
  readonly method: string;
  readonly path: string;
  readonly case: string;
  readonly status: number;
  readonly body: unknown;
}

const here = (name: string) => new URL(name, import.meta.url);
const recorded = new Map(
  readFileSync(here("rest.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Row) // our own recording
    .map((row) => [keyOf(row), row]),
);
const routes = JSON.parse(readFileSync(here("routes.json"), "utf8")) as RecordedRoute[]; // the same
const wanted = wantedDifferences();

/** What is held, and never lowered: shares of the rows of these areas. */
const areas = [
  "users",
  "templates",
  "templateversions",
  "workspaces",
  "workspacebuilds",
  "organizations",
  "files",
  "buildinfo",
  "auth",
  "ai",
];
const leastServed = 0.82;
const leastRefused = 0.9;

let deployment: Deployment;
let ids: Record<string, string | undefined>;
const tokens: Partial<Record<Question["as"], string>> = {};

beforeAll(async () => {
  deployment = await Deployment.create();
  const { client } = deployment;
  await deployment.pushTemplate("local", referenceTemplate);
  const template = await deployment.pushTemplate("local", `${referenceTemplate}\n# the second\n`);
  const created = await client.call(endpoints.workspaces.createWorkspace, {
    params: { user: "me" },
    body: { template_id: template.id, name: "dev" },
  });
  const workspace = await deployment.settled(created.id);
  await client.call(endpoints.ai.createAiProvider, {
    body: {
      type: "openai-compat",
      name: "fake",
      base_url: "http://127.0.0.1:1/v1",
      api_keys: ["model-key-of-the-fake"],
    },
  });
  const probe = await deployment.createMember("probe");
  const mel = await deployment.createMember("mel");
  const build = workspace.latest_build;
  const agent = build.resources.flatMap(({ agents }) => agents ?? [])[0];
  const version = await client.call(endpoints.templateVersions.getTemplateVersion, {
    params: { templateversion: build.template_version_id },
  });
  const user = await probe.call(endpoints.users.getUser, { params: { user: "me" } });
  tokens.owner = client.token ?? "";
  tokens.member = mel.token ?? "";
  tokens["bad token"] = badToken;
  ids = {
    workspace: workspace.id,
    workspacebuild: build.id,
    workspaceagent: agent?.id,
    agent: agent?.name,
    template: template.id,
    templateversion: version.id,
    templateversionname: version.name,
    templatename: template.name,
    organization: workspace.organization_id,
    organizationname: workspace.organization_name,
    user: user.id,
    workspacename: workspace.name,
    buildnumber: String(build.build_number),
    jobID: version.job.id,
    job: version.job.id,
    fileID: version.job.file_id,
    file: version.job.file_id,
    os: "linux",
    arch: "amd64",
    app: agent?.apps[0]?.slug ?? "web",
  };
});
afterAll(async () => {
  await deployment[Symbol.asyncDispose]();
});

function keyOf(row: Pick<Row, "method" | "path" | "case">): string {
  return `${row.method} ${row.path} | ${row.case}`;
}

async function ask(method: string, question: Question): Promise<{ status: number; body: unknown }> {
  const token = tokens[question.as];
  const response = await fetch(deployment.url + question.url, {
    method,
    redirect: "manual",
    headers: {
      ...(token === undefined ? {} : { "Coder-Session-Token": token }),
      ...(question.body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(question.body === undefined ? {} : { body: question.body }),
  });
  const text = await response.text();
  try {
    return { status: response.status, body: JSON.parse(text) as unknown };
  } catch {
    return { status: response.status, body: text.slice(0, 600) };
  }
}

function faultsOf(row: Row, answer: { status: number; body: unknown }): string[] {
  if (row.status >= 500) return answer.status < 500 ? [] : [`status ${answer.status}, expected one below 500`];
  if (answer.status !== row.status) return [`status ${answer.status}, expected ${row.status}`];
  return lacks(row.body, answer.body);
}

test("what the reference served is served, what it refused is refused", async () => {
  const served = { right: 0, all: 0 };
  const refused = { right: 0, all: 0 };
  const wrong: string[] = [];
  for (const route of routes) {
    if (!areas.includes(areaOf(route.path))) continue;
    for (const question of questionsOf(route, ids)) {
      const key = keyOf({ ...route, case: question.case });
      const row = recorded.get(key);
      if (row === undefined) continue;
      const share = row.status >= 200 && row.status < 300 ? served : refused;
      share.all++;
      const faults = wanted.has(key) ? [] : faultsOf(row, await ask(route.method, question));
      if (faults.length === 0) share.right++;
      else wrong.push(`${key}: ${faults.join("; ")}`);
    }
  }

  expect(
    served.right / served.all,
    `served ${served.right} of ${served.all}:\n${wrong.join("\n")}`,
  ).toBeGreaterThanOrEqual(leastServed);
  expect(
    refused.right / refused.all,
    `refused ${refused.right} of ${refused.all}:\n${wrong.join("\n")}`,
  ).toBeGreaterThanOrEqual(leastRefused);
});
