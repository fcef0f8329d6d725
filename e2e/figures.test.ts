import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { endpoints, type Client, type Workspace, type WorkspaceBuild } from "@hearth/sdk";
import { pushTemplate, RealServer, untilOverEvents } from "@hearth/testkit";

// What a person is shown of how long something took stays as it was measured, whatever happens to server, connection and
// agent afterwards. See "Figures" in docs/architecture.md for what is shown where.

const scripts = `
agents:
  - name: main
    scripts:
      - { name: prepare, on: start, run: "true" }
      - { name: greet, on: claim, run: "true" }
`;
const bare = `
workspace: { engine: process }
${scripts}`;
const warm = `
presets: [{ name: small, default: true, prebuilds: { instances: 1 } }]
${bare}`;

let server: RealServer;
let client: Client;
const templates: Record<string, string> = {};
/** As they are now, by how they came. */
const workspaces: Record<string, Workspace> = {};
/** The builds that made them. */
const builds: Record<string, WorkspaceBuild> = {};

beforeAll(async () => {
  server = await RealServer.prepare();
  await server.start();
  client = await server.logIn();
  templates["built"] = (await pushTemplate(client, "bare", bare)).id;
  templates["claimed"] = (await pushTemplate(client, "warm", warm)).id;
  await untilOverEvents(client, poolOf, (pool) => pool.ready === 1);
  for (const how of ["built", "claimed"]) {
    const { id } = await client.call(endpoints.workspaces.createWorkspace, {
      params: { user: "me" },
      body: { template_id: templates[how] ?? "", name: how },
    });
    workspaces[how] = await untilOverEvents(
      client,
      () => read(id),
      // Agents are read a moment after it.
      (now) => isWell(now) && typeof now.origin?.ready_ms === "number",
    );
    builds[how] = workspaces[how].latest_build;
    expect(workspaces[how].origin).toEqual({ how, ready_ms: expect.any(Number) as number });
  }
  // What follows is about what is over.
  await untilOverEvents(client, poolOf, (pool) => pool.ready === 1);
  await client.call(endpoints.prebuilds.updatePrebuildsSettings, { body: { reconciliation_paused: true } });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

async function read(id: string): Promise<Workspace> {
  return await client.call(endpoints.workspaces.getWorkspace, { params: { workspace: id } });
}

async function poolOf() {
  const [pool] = await client.call(endpoints.hearth.listPools, { params: { template: templates["claimed"] ?? "" } });
  if (pool === undefined) throw new Error("the template has no pool");
  return pool;
}

function agentsOf(workspace: Workspace) {
  return workspace.latest_build.resources.flatMap(({ agents }) => agents ?? []);
}

function isWell(workspace: Workspace): boolean {
  const agents = agentsOf(workspace);
  const isReady = agents.every(({ status, lifecycle_state }) => status === "connected" && lifecycle_state === "ready");
  return workspace.latest_build.status === "running" && agents.length > 0 && isReady;
}

/** Connected and ready by a connection that was made after the one that is known. */
async function isBack(before: Workspace): Promise<Workspace> {
  const [known] = agentsOf(before);
  return await untilOverEvents(
    client,
    () => read(before.id),
    (now) => isWell(now) && agentsOf(now)[0]?.started_at !== known?.started_at,
  );
}

/** Every figure of what is over, where dashboard and command line take it from. */
async function figures() {
  const builtTimes = await client.call(endpoints.templates.getTemplate, {
    params: { template: templates["built"] ?? "" },
  });
  const claimTimes = await client.call(endpoints.templates.getTemplate, {
    params: { template: templates["claimed"] ?? "" },
  });
  const list = await client.call(endpoints.workspaces.listWorkspaces, { query: { q: "owner:me" } });
  const pool = await poolOf();
  const each = await Promise.all(
    Object.values(builds).map(async (build) => {
      const id = build.workspace_id;
      const now = await read(id);
      const all = await client.call(endpoints.builds.listBuilds, { params: { workspace: id }, query: {} });
      return {
        origin: now.origin,
        listed: list.workspaces.find((workspace) => workspace.id === id)?.origin,
        created: now.created_at,
        took: all
          .filter(({ build_number }) => build_number <= build.build_number)
          .map(({ build_number, created_at, job }) => [build_number, created_at, job.started_at, job.completed_at]),
        timings: await client.call(endpoints.builds.getBuildTimings, { params: { workspacebuild: build.id } }),
      };
    }),
  );
  return {
    each,
    expectedWaitMs: pool.expected_wait_ms,
    counts: { desired: pool.desired, ready: pool.ready, building: pool.building },
    buildTimes: [builtTimes.build_time_stats, claimTimes.build_time_stats],
  };
}

async function killAgents(): Promise<void> {
  for (const { id } of Object.values(workspaces)) {
    const file = join(server.dataDir, "workspaces", id, "running.json");
    const { processes } = JSON.parse(await readFile(file, "utf8")) as { processes: { pid: number }[] };
    for (const { pid } of processes) process.kill(await agentUnder(pid), "SIGKILL");
  }
}

/** The agent itself: below the monitor and the first process of a sandbox, where there is one. */
async function agentUnder(pid: number): Promise<number> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim();
  const isSandbox = (await readFile(`/proc/${pid}/comm`, "utf8")).trim() === "bwrap";
  return isSandbox && children !== "" ? await agentUnder(Number(children.split(" ")[0])) : pid;
}

async function allBack(): Promise<void> {
  for (const [how, before] of Object.entries(workspaces)) workspaces[how] = await isBack(before);
  await untilOverEvents(client, poolOf, (pool) => pool.ready === 1);
}

test("what was measured stays: after a restart of the server, which starts the agents again", async () => {
  const before = await figures();
  await server.stop();
  await server.start();
  client = await server.logIn();
  await allBack();
  expect(await figures()).toEqual(before);
});

test("… after the server was killed, and the agents that went on have connected again", async () => {
  const before = await figures();
  await server.kill();
  await server.start();
  client = await server.logIn();
  // The old server's lease still speaks for them for a while: they are back when this one reaches them.
  const pooled = await client.call(endpoints.workspaces.listWorkspaces, { query: { q: "owner:prebuilds" } });
  for (const workspace of [...Object.values(workspaces), ...pooled.workspaces]) {
    const params = { workspaceagent: agentsOf(workspace)[0]?.id ?? "" };
    const reach = () =>
      client.call(endpoints.agents.listListeningPorts, { params }).then(
        () => true,
        () => false,
      );
    await untilOverEvents(client, reach, (isReached) => isReached);
  }
  await untilOverEvents(client, poolOf, (pool) => pool.ready === 1);
  expect(await figures()).toEqual(before);
});

test("… after the agents were killed, and started again by their engine", async () => {
  const before = await figures();
  await killAgents();
  await allBack();
  expect(await figures()).toEqual(before);
});

test("… after a stop and a second start, which have times of their own", async () => {
  const before = await figures();
  for (const { id } of Object.values(workspaces)) {
    for (const [transition, status] of [
      ["stop", "stopped"],
      ["start", "running"],
    ] as const) {
      await client.call(endpoints.builds.createBuild, { params: { workspace: id }, body: { transition } });
      await untilOverEvents(
        client,
        () => read(id),
        (now) => now.latest_build.status === status && (status === "stopped" || isWell(now)),
      );
    }
  }
  const after = await figures();
  expect({ ...after, buildTimes: [] }).toEqual({ ...before, buildTimes: [] });
});
