import { expect, test } from "vitest";
import { endpoints } from "@hearth/sdk";
import { Deployment } from "@hearth/testkit";

const poolSize = 50;
const requests = 200;
const manifest = `
presets:
  - { name: warm, prebuilds: { instances: ${poolSize} } }
workspace: { engine: process }
agents: [{ name: main }]
`;

test("two hundred creates at once on a pool of fifty: fifty claims, the rest built, nothing twice [prebuilds 116]", async () => {
  await using deployment = await Deployment.create({ env: { HEARTH_PG_MAX_CONNECTIONS: "24" } });
  const { client } = deployment;
  const template = await deployment.pushTemplate("many", manifest);
  const readPool = async () => {
    const [pool] = await client.call(endpoints.hearth.listPools, { params: { template: template.id } });
    if (pool === undefined) throw new Error("no pool");
    return pool;
  };
  const pool = await deployment.until("the pool is warm", readPool, ({ ready }) => ready === poolSize);
  await client.call(endpoints.prebuilds.updatePrebuildsSettings, { body: { reconciliation_paused: true } });

  const created = await Promise.all(
    Array.from({ length: requests }, (_, index) =>
      client.call(endpoints.workspaces.createWorkspace, {
        params: { user: "me" },
        body: { template_id: template.id, name: `w${index}`, template_version_preset_id: pool.preset_id },
      }),
    ),
  );
  const { workspaces: settled } = await deployment.until(
    "all of them run",
    () => client.call(endpoints.workspaces.listWorkspaces, { query: { q: "owner:me", limit: requests } }),
    ({ workspaces }) => workspaces.every(({ latest_build }) => ["running", "failed"].includes(latest_build.status)),
  );

  const claimed = settled.filter((workspace) => workspace.origin?.how === "claimed");
  expect(new Set(created.map(({ id }) => id)).size).toBe(requests);
  expect(new Set(settled.map(({ name }) => name)).size).toBe(requests);
  expect(claimed).toHaveLength(poolSize);
  expect(settled.map(({ latest_build }) => latest_build.status)).toEqual(
    Array.from({ length: requests }, () => "running"),
  );
  expect((await readPool()).ready).toBe(0);
});
