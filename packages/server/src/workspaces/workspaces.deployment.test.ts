import { expect, test } from "vitest";
import { endpoints } from "@hearth/sdk";
import { Deployment } from "@hearth/testkit";

const manifest = `
name: warm
parameters:
  - { name: size, type: string, default: small, options: [{ name: Small, value: small }, { name: Large, value: large }] }
presets:
  - name: small
    default: true
    parameters: { size: small }
    prebuilds: { instances: 1 }
workspace: { engine: process, env: { SIZE: "\${param.size}" } }
agents:
  - name: main
`;

test("a workspace is claimed, stopped, started and deleted over HTTP", async () => {
  await using deployment = await Deployment.create();
  const { client } = deployment;
  const template = await deployment.pushTemplate("warm", manifest);
  const pools = await deployment.until(
    "the pool is warm",
    () => client.call(endpoints.hearth.listPools, { params: { template: template.id } }),
    ([pool]) => pool?.ready === 1,
  );
  expect(pools).toMatchObject([{ preset_name: "small", desired: 1, ready: 1, building: 0, status: "healthy" }]);

  const claimed = await client.call(endpoints.workspaces.createWorkspace, {
    params: { user: "me" },
    body: { template_id: template.id, name: "dev" },
  });
  expect(claimed).toMatchObject({ name: "dev", latest_build: { build_number: 2 }, origin: { how: "claimed" } });
  const ready = await deployment.settled(claimed.id);
  expect(ready.latest_build.status).toBe("running");
  expect(ready.health.healthy).toBe(true);

  for (const [transition, status] of [
    ["stop", "stopped"],
    ["start", "running"],
    ["delete", "deleted"],
  ] as const) {
    const build = await client.call(endpoints.builds.createBuild, {
      params: { workspace: claimed.id },
      body: { transition },
    });
    expect(build).toMatchObject({ status: "pending", transition });
    expect((await deployment.settled(claimed.id)).latest_build.status).toBe(status);
  }
});
