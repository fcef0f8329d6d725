import { afterAll, beforeAll, expect, test } from "vitest";
import { endpoints } from "@hearth/sdk";
import { Deployment, simulatedEngine } from "@hearth/testkit";

const manifest = `
name: warm
parameters:
  - { name: greeting, type: string, default: hello, mutable: true }
presets:
  - name: small
    default: true
    parameters: { greeting: hello }
    prebuilds: { instances: 2 }
workspace: { engine: process }
agents:
  - name: main
    env: { GREETING: "\${param.greeting} \${owner.name}" }
`;

let deployment: Deployment;

beforeAll(async () => {
  deployment = await Deployment.create();
  await deployment.pushTemplate("warm", manifest);
});
afterAll(async () => {
  await deployment[Symbol.asyncDispose]();
});

async function pool() {
  const [template] = await deployment.client.call(endpoints.templates.listTemplates, {
    query: { q: "exact_name:warm" },
  });
  const pools = await deployment.client.call(endpoints.hearth.listPools, { params: { template: template?.id ?? "" } });
  const small = pools.find((candidate) => candidate.preset_name === "small");
  if (template === undefined || small === undefined) throw new Error("no pool");
  return { template, small };
}

test("a preset's pool fills by itself, a create with the preset is a claim, and the pool fills again [prebuilds 109]", async () => {
  const { client } = deployment;
  const { template, small } = await deployment.until("two are warm", pool, (it) => it.small.ready === 2);

  const created = await client.call(endpoints.workspaces.createWorkspace, {
    params: { user: "me" },
    body: { template_id: template.id, name: "dev", template_version_preset_id: small.preset_id },
  });
  const dev = await deployment.settled(created.id);

  expect(dev).toMatchObject({ name: "dev", owner_name: "admin", is_prebuild: false, origin: { how: "claimed" } });
  expect(dev.latest_build).toMatchObject({ build_number: 2, status: "running", initiator_name: "admin" });
  await deployment.until("the pool is full again", pool, (it) => it.small.ready === 2);
});

test("without a preset that fits a workspace is built; it stops, starts and is deleted", async () => {
  const { client } = deployment;
  const { template } = await pool();
  const created = await client.call(endpoints.workspaces.createWorkspace, {
    params: { user: "me" },
    body: { template_id: template.id, name: "fresh", rich_parameter_values: [{ name: "greeting", value: "moin" }] },
  });
  const workspace = created.id;
  const fresh = await deployment.settled(workspace);
  expect(fresh).toMatchObject({ origin: { how: "built" }, latest_build: { build_number: 1, status: "running" } });

  const statuses: string[] = [];
  for (const transition of ["stop", "start", "delete"] as const) {
    await client.call(endpoints.builds.createBuild, { params: { workspace }, body: { transition } });
    statuses.push((await deployment.settled(workspace)).latest_build.status);
  }

  expect(statuses).toEqual(["stopped", "running", "deleted"]);
});

test("an agent that takes no pushes hears of a claim by its event, and is ready as any other", async () => {
  await using other = await Deployment.create({ engine: simulatedEngine({ takesPushes: false }) });
  const { id } = await other.pushTemplate("warm", manifest);
  const readPool = async () =>
    (await other.client.call(endpoints.hearth.listPools, { params: { template: id } })).find(({ ready }) => ready > 0);
  const warm = await other.until("one is warm", readPool, (small) => small !== undefined);
  const created = await other.client.call(endpoints.workspaces.createWorkspace, {
    params: { user: "me" },
    body: { template_id: id, name: "dev", template_version_preset_id: warm?.preset_id },
  });

  const dev = await other.settled(created.id);

  expect(dev).toMatchObject({ origin: { how: "claimed" }, latest_build: { status: "running" } });
});
