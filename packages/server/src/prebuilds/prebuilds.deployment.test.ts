import { expect, test } from "vitest";
import { endpoints } from "@hearth/sdk";
import { Deployment } from "@hearth/testkit";

function manifest(instances: number): string {
  return `
name: warm
parameters:
  - { name: size, type: string, default: small, options: [{ name: Small, value: small }, { name: Large, value: large }] }
presets:
  - { name: small, default: true, parameters: { size: small }, prebuilds: { instances: ${instances} } }
  - { name: large, parameters: { size: large } }
workspace: { engine: process, env: { SIZE: "\${param.size}" } }
agents: [{ name: main }]
`;
}

test("pools are filled, refilled, recycled, paused and emptied without being asked twice", async () => {
  await using deployment = await Deployment.create();
  const { client } = deployment;
  const template = await deployment.pushTemplate("warm", manifest(2));
  const params = { template: template.id };
  const pools = () => client.call(endpoints.hearth.listPools, { params });
  const pooled = async () =>
    (await client.call(endpoints.workspaces.listWorkspaces, { query: { q: "owner:prebuilds" } })).workspaces;
  const full = () => deployment.until("the pool is full", pools, ([pool]) => pool?.ready === 2);
  const [small, large] = await full();
  expect(small).toMatchObject({ preset_name: "small", is_default: true, desired: 2, building: 0, status: "healthy" });
  expect(large).toMatchObject({ preset_name: "large", desired: null, ready: 0, expected_wait_ms: null });
  const before = await pooled();
  expect(
    before.every(
      ({ is_prebuild, name, origin }) => is_prebuild && name.startsWith("prebuild-") && origin === undefined,
    ),
  ).toBe(true);

  // A claim is made up for.
  const claimed = await client.call(endpoints.workspaces.createWorkspace, {
    params: { user: "me" },
    body: { template_id: template.id, name: "mine" },
  });
  expect(before.map(({ id }) => id)).toContain(claimed.id);
  await full();
  await deployment.settled(claimed.id);
  const [afterClaim] = await deployment.until(
    "the wait is known",
    pools,
    ([pool]) => typeof pool?.expected_wait_ms === "number",
  );
  expect(afterClaim?.expected_wait_ms).toBeGreaterThanOrEqual(0);

  // Invalidated ones are replaced.
  const old = new Set((await pooled()).map(({ id }) => id));
  const { invalidated } = await client.call(endpoints.templates.invalidatePrebuilds, { params });
  expect(invalidated.map(({ preset_name }) => preset_name).toSorted()).toEqual(["large", "small"]);
  await deployment.until(
    "the pool is new",
    pooled,
    (workspaces) =>
      workspaces.filter(({ id, latest_build }) => !old.has(id) && latest_build.status === "running").length === 2,
  );

  // Paused, a new version changes nothing; resumed, it does.
  expect(await client.call(endpoints.prebuilds.getPrebuildsSettings, {})).toEqual({ reconciliation_paused: false });
  await client.call(endpoints.prebuilds.updatePrebuildsSettings, { body: { reconciliation_paused: true } });
  await deployment.pushTemplate("warm", manifest(0));
  expect((await pooled()).length).toBe(2);
  await client.call(endpoints.prebuilds.updatePrebuildsSettings, { body: { reconciliation_paused: false } });
  await deployment.until("the pool is empty", pooled, (workspaces) => workspaces.length === 0);

  // Members claim, and do not manage.
  const bob = await deployment.createMember("bob");
  await expect(bob.call(endpoints.templates.invalidatePrebuilds, { params })).rejects.toMatchObject({ status: 404 });
  await expect(
    bob.call(endpoints.prebuilds.updatePrebuildsSettings, { body: { reconciliation_paused: true } }),
  ).rejects.toMatchObject({ status: 404 });
  expect(await bob.call(endpoints.hearth.listPools, { params })).toMatchObject([{ desired: 0 }, { desired: null }]);
});
