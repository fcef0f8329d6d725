import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { silentLogger } from "@hearth/base";
import { ProcessEngine, type ProcessEngineOptions } from "@hearth/provisioner";
import { endpoints, type Template, type Workspace } from "@hearth/sdk";
import { Deployment } from "@hearth/testkit";

// Real agents, killed as the kernel kills them when memory runs out: without a word to anybody.

function manifest(instances: number): string {
  return `
name: pool
presets:
  - { name: warm, default: true, prebuilds: { instances: ${instances} } }
workspace: { engine: process }
agents: [{ name: main }]
`;
}

const agent = join(import.meta.dirname, "../../../agent/dist/agent.mjs");
/** Nobody starts it again. */
const never = { baseMs: 1, maxMs: 1, limit: 0, windowMs: 3_600_000 };

let undo: AsyncDisposableStack;
let deployment: Deployment;
let template: Template;

beforeEach(() => {
  undo = new AsyncDisposableStack();
});
afterEach(() => undo.disposeAsync());

async function deploy(instances: number, options: Partial<ProcessEngineOptions> = {}): Promise<void> {
  const agentCommand = { file: process.execPath, args: [agent] };
  const engine = (dataDir: string) => new ProcessEngine({ dataDir, agentCommand, log: silentLogger, ...options });
  deployment = undo.use(await Deployment.create({ engine }));
  template = await deployment.pushTemplate("pool", manifest(instances));
  await poolHas(instances);
}

async function poolHas(ready: number): Promise<void> {
  const params = { template: template.id };
  await deployment.until(
    "the pool has so many",
    () => deployment.client.call(endpoints.hearth.listPools, { params }),
    ([pool]) => pool?.ready === ready,
  );
}

async function pause(isPaused: boolean): Promise<void> {
  await deployment.client.call(endpoints.prebuilds.updatePrebuildsSettings, {
    body: { reconciliation_paused: isPaused },
  });
}

/** Oldest first. */
async function pooled(): Promise<Workspace[]> {
  const query = { q: "owner:prebuilds" };
  const { workspaces } = await deployment.client.call(endpoints.workspaces.listWorkspaces, { query });
  return workspaces.toSorted((a, b) => a.created_at.localeCompare(b.created_at));
}

async function read(id: string): Promise<Workspace> {
  return await deployment.client.call(endpoints.workspaces.getWorkspace, { params: { workspace: id } });
}

function agentOf(workspace: Workspace) {
  const [found] = workspace.latest_build.resources.flatMap(({ agents }) => agents ?? []);
  if (found === undefined) throw new Error("the workspace has no agent");
  return found;
}

/** By its process' number, below the sandbox that it may be in. */
async function kill(workspaceId: string): Promise<void> {
  const file = join(deployment.dataDir, "workspaces", workspaceId, "running.json");
  const { processes } = JSON.parse(await readFile(file, "utf8")) as { processes: { pid: number }[] };
  for (const { pid } of processes) process.kill(await agentUnder(pid), "SIGKILL");
}

async function agentUnder(pid: number): Promise<number> {
  if ((await readFile(`/proc/${pid}/comm`, "utf8")).trim() !== "bwrap") return pid;
  const [child = ""] = (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim().split(" ");
  return await agentUnder(Number(child));
}

async function killForGood(workspace: Workspace | undefined): Promise<string> {
  const id = workspace?.id ?? "";
  await kill(id);
  await deployment.until(
    "its end is known",
    () => read(id),
    (now) => agentOf(now).status === "disconnected",
  );
  return id;
}

async function create(name: string): Promise<Workspace> {
  const created = await deployment.client.call(endpoints.workspaces.createWorkspace, {
    params: { user: "me" },
    body: { template_id: template.id, name },
  });
  return await deployment.until(
    "it can be used",
    () => read(created.id),
    (now) =>
      now.latest_build.status === "running" &&
      agentOf(now).status === "connected" &&
      agentOf(now).lifecycle_state === "ready",
  );
}

test("a create gets one that lives, however long the dead one has been warm", async () => {
  await deploy(2, { restarts: never });
  await pause(true);
  const [oldest, other] = await pooled();
  const dead = await killForGood(oldest);
  await poolHas(1);

  const mine = await create("mine");

  expect(mine).toMatchObject({ id: other?.id, origin: { how: "claimed" } });
  expect((await pooled()).map(({ id }) => id)).toEqual([dead]);
});

test("and a new one where none lives", async () => {
  await deploy(1, { restarts: never });
  await pause(true);
  const dead = await killForGood((await pooled())[0]);
  await poolHas(0);

  const mine = await create("mine");

  expect(mine).toMatchObject({ origin: { how: "built" } });
  expect(mine.id).not.toBe(dead);
});

test("a killed agent of the pool is started again by its engine, and its workspace is warm again", async () => {
  await deploy(1);
  const [before] = await pooled();
  const id = before?.id ?? "";

  await kill(id);
  const after = await deployment.until(
    "it is back",
    () => read(id),
    (now) => agentOf(now).ready_at !== agentOf(before as Workspace).ready_at && agentOf(now).status === "connected",
  );
  await poolHas(1);

  expect((await pooled()).map((workspace) => workspace.id)).toEqual([id]);
  expect(agentOf(after).id).toBe(agentOf(before as Workspace).id);
  expect((await create("mine")).id).toBe(id);
});

test("one that ends again and again is given up: its workspace, its log and its pool say so", async () => {
  await deploy(1, { restarts: { ...never, limit: 1 } });
  await pause(true);
  const mine = await create("mine");
  await kill(mine.id);
  await deployment.until(
    "it is back",
    () => read(mine.id),
    (now) => agentOf(now).ready_at !== agentOf(mine).ready_at && agentOf(now).status === "connected",
  );

  await kill(mine.id);
  const givenUp = await deployment.until(
    "it is given up",
    () => read(mine.id),
    (now) => agentOf(now).given_up_reason !== undefined && agentOf(now).status === "disconnected",
  );

  const reason = "it ended 2 times within 60 minutes, the last time: killed by SIGKILL";
  expect(agentOf(givenUp)).toMatchObject({
    given_up_reason: reason,
    health: { healthy: false, reason: expect.stringContaining(reason) as string },
  });
  expect(givenUp.health).toEqual({ healthy: false, failing_agents: [agentOf(mine).id] });
  const lines = await deployment.client.call(endpoints.agents.getAgentLogs, {
    params: { workspaceagent: agentOf(mine).id },
    query: {},
  });
  expect(lines.map(({ level, output }) => [level, output])).toEqual([
    ["warn", "The agent had ended (killed by SIGKILL) and was started again (attempt 1 of 1)."],
    ["error", `The agent is not started again any more: ${reason}. Stop and start the workspace to try again.`],
  ]);

  // A stop and a start try anew.
  for (const transition of ["stop", "start"] as const) {
    await deployment.client.call(endpoints.builds.createBuild, {
      params: { workspace: mine.id },
      body: { transition },
    });
    await deployment.settled(mine.id);
  }
  expect(agentOf(await read(mine.id)).given_up_reason).toBeUndefined();
});
