import { endpoints, type Client, type Workspace } from "@hearth/sdk";
import { Deployment } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

const manifest = `
workspace: { engine: process, cost: 2 }
agents: [{ name: main }]
`;

let deployment: Deployment;
let ada: Client;
let templateId: string;
beforeAll(async () => {
  deployment = await Deployment.create();
  ada = await deployment.createMember("ada");
  const template = await deployment.pushTemplate("dear", manifest);
  templateId = template.id;
  await deployment.client.call(endpoints.groups.updateGroup, {
    params: { group: template.organization_id },
    body: { quota_allowance: 10 },
  });
});
afterAll(() => deployment[Symbol.asyncDispose]());

const quota = () => ada.call(endpoints.quotas.getQuota, { params: { user: "me" } });
const codeOf = ({ latest_build }: Workspace) => latest_build.job.error_code ?? "";

test("of twenty creates at once against a budget for five, five run and the others say why; what runs stops and is deleted", async () => {
  const made = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      ada.call(endpoints.workspaces.createWorkspace, {
        params: { user: "me" },
        body: { template_id: templateId, name: `w${index}` },
      }),
    ),
  );

  const ended = await Promise.all(made.map(({ id }) => deployment.settled(id)));

  const runs = ended.filter(({ latest_build }) => latest_build.status === "running");
  const refused = ended.filter((workspace) => codeOf(workspace) === "INSUFFICIENT_QUOTA");
  expect({ runs: runs.length, refused: refused.length }).toEqual({ runs: 5, refused: 15 });
  expect(refused[0]?.latest_build.job.error).toMatch(
    /^Not enough quota: this build costs 2 a day, \d+ of 10 are in use/,
  );
  await expect(quota()).resolves.toEqual({ credits_consumed: 10, budget: 10 });
  expect(runs[0]?.latest_build.daily_cost).toBe(2);

  const [running, other] = [runs[0]?.id ?? "", refused[0]?.id ?? ""];
  const build = async (workspace: string, transition: "start" | "stop" | "delete") => {
    await ada.call(endpoints.builds.createBuild, { params: { workspace }, body: { transition } });
    return await deployment.settled(workspace);
  };
  await expect(build(other, "stop")).resolves.toMatchObject({ latest_build: { status: "stopped" } });
  await expect(build(running, "stop")).resolves.toMatchObject({ latest_build: { status: "stopped" } });
  await expect(quota()).resolves.toMatchObject({ credits_consumed: 8 });
  await expect(build(other, "start")).resolves.toMatchObject({ latest_build: { status: "running" } });
  expect(codeOf(await build(running, "start"))).toBe("INSUFFICIENT_QUOTA");
  await ada.call(endpoints.builds.createBuild, { params: { workspace: running }, body: { transition: "delete" } });
  await deployment.until("the delete", quota, ({ credits_consumed }) => credits_consumed === 10);
});
