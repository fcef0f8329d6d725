import { expect, test } from "vitest";
import type { Logger } from "@hearth/base";
import type { Engine } from "@hearth/provisioner";
import { endpoints } from "@hearth/sdk";
import { columnsThatHold, Deployment, pushTemplate, simulatedEngine } from "@hearth/testkit";

const manifest = `
name: local
parameters:
  - { name: place, type: string, default: eu, mutable: true }
  - { name: password, type: string, default: "", mutable: true, ephemeral: true }
variables:
  - { name: token, type: string, sensitive: true }
  - { name: region, type: string, default: here }
workspace:
  engine: process
  volumes: [{ name: home, path: /home/dev }]
  env: { TOKEN: "\${var.token}", PASSWORD: "\${param.password}" }
agents: [{ name: main }]
`;

const secrets = {
  token: "given-to-a-variable-4711",
  password: "given-to-a-parameter-4712",
  state: "made-by-the-provider-4713",
  user: "given-by-the-owner-4714",
} as const;

/** Keeps every line. */
function recordLog(): { readonly log: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const write = (fields: object, message: string) => void lines.push(JSON.stringify([message, fields], showErrors));
  const log: Logger = { debug: write, info: write, warn: write, error: write, child: () => log };
  return { log, lines };
}

const showErrors = (_key: string, value: unknown) =>
  value instanceof Error ? { ...Object.fromEntries(Object.entries(value)), text: String(value.stack) } : value;

/** An engine that remembers something secret, and looks around in the middle of its work. */
function rememberingEngine(onApply: (env: Readonly<Record<string, string>>) => Promise<void>): Engine {
  const simulated = simulatedEngine();
  return {
    ...simulated,
    async apply(request, context) {
      await onApply(request.settings?.env ?? {});
      const outcome = await simulated.apply(request, context);
      return { ...outcome, state: { ...outcome.state, secret: secrets.state } };
    },
  };
}

test("what is given in confidence, and what an engine remembers, lies open nowhere in the database and no log", async () => {
  const { log, lines } = recordLog();
  const seen: Readonly<Record<string, string>>[] = [];
  const lookAround = async (deployment: Deployment) => {
    const { connectionString } = deployment.database;
    for (const secret of Object.values(secrets)) {
      expect({ secret, at: await columnsThatHold(connectionString, secret) }).toEqual({ secret, at: [] });
    }
  };
  const engine = rememberingEngine(async (env) => {
    seen.push(env);
    await lookAround(deployment);
  });
  await using deployment = await Deployment.create({ engine, log });
  const { client } = deployment;
  // The search finds what is there.
  const { connectionString } = deployment.database;
  expect(await columnsThatHold(connectionString, "admin@example.com")).toContain("users.email");

  await client.call(endpoints.secrets.createUserSecret, {
    params: { user: "me" },
    body: { name: "mine", value: secrets.user, env_name: "MINE" },
  });
  const template = await pushTemplate(client, "local", manifest, { token: secrets.token, region: "there" });
  await lookAround(deployment);
  const { id } = await client.call(endpoints.workspaces.createWorkspace, {
    params: { user: "me" },
    body: {
      template_id: template.id,
      name: "dev",
      rich_parameter_values: [
        { name: "password", value: secrets.password },
        { name: "place", value: "us" },
      ],
    },
  });
  const started = await deployment.settled(id);
  expect(started.latest_build.status).toBe("running");
  await lookAround(deployment);

  // Those who may are shown what they were.
  const build = { workspacebuild: started.latest_build.id };
  const state = await client.call(endpoints.builds.getBuildState, { params: build });
  expect(new TextDecoder().decode(state)).toContain(secrets.state);
  expect(await client.call(endpoints.builds.listBuildParameters, { params: build })).toEqual([
    { name: "password", value: secrets.password },
    { name: "place", value: "us" },
  ]);
  const variables = await client.call(endpoints.templateVersions.listTemplateVersionVariables, {
    params: { templateversion: template.active_version_id },
  });
  expect(variables.map(({ name, value }) => [name, value])).toEqual([
    ["region", "there"],
    ["token", "*redacted*"],
  ]);

  // The next build has the variable, and the default of what held for one build only.
  await client.call(endpoints.builds.createBuild, { params: { workspace: id }, body: { transition: "stop" } });
  await deployment.settled(id);
  await lookAround(deployment);
  expect(seen).toEqual([
    { TOKEN: secrets.token, PASSWORD: secrets.password },
    { TOKEN: secrets.token, PASSWORD: "" },
  ]);
  expect(lines.length).toBeGreaterThan(0);
  for (const secret of Object.values(secrets)) expect(lines.filter((line) => line.includes(secret))).toEqual([]);
});
