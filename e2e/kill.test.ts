import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { prebuildsUserName, endpoints, type Client, type Workspace } from "@hearth/sdk";
import { endOfLog, pushTemplate, RealServer, untilOverEvents } from "@hearth/testkit";

// The server dies by SIGKILL at each place where something has just become durable, or is about to; then it is started
// again. Nothing may be lost, stuck or doubled.

const bare = `
workspace: { engine: process }
agents: [{ name: main }]
`;
const warm = `
presets: [{ name: small, prebuilds: { instances: 1 } }]
${bare}`;

const boundaries = [
  "create_workspace:before_commit",
  "create_workspace:after_commit",
  "job_acquired",
  "job_complete:before_commit",
  "job_complete:after_commit",
] as const;

/** Each place once, with what meets it first; `HEARTH_TEST_LONG=1` has both meet all of them. */
const kills = ["built", "claimed"]
  .flatMap((how) => boundaries.map((boundary) => [how, boundary] as const))
  .filter(
    ([how, boundary]) =>
      process.env["HEARTH_TEST_LONG"] === "1" || (how === "claimed") === boundary.startsWith("create_workspace"),
  );

let server: RealServer;
const templates: Record<string, string> = {};

beforeAll(async () => {
  server = await RealServer.prepare();
  await server.start();
  const client = await server.logIn();
  templates["built"] = (await pushTemplate(client, "bare", bare)).id;
  templates["claimed"] = (await pushTemplate(client, "warm", warm)).id;
  await poolIsFull(client);
  await server.stop();
});
afterEach(async () => {
  await server.stop();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

async function poolIsFull(client: Client): Promise<void> {
  const read = () => client.call(endpoints.hearth.listPools, { params: { template: templates["claimed"] ?? "" } });
  await untilOverEvents(client, read, (pools) => pools[0]?.ready === 1 && pools[0].building === 0);
}

async function listAll(client: Client, owner: string): Promise<readonly Workspace[]> {
  return (await client.call(endpoints.workspaces.listWorkspaces, { query: { q: `owner:${owner}` } })).workspaces;
}

test.for(kills)("a workspace that is %s survives a kill at %s", async ([how, boundary]) => {
  const name = `${how}-${boundaries.indexOf(boundary)}`;
  await server.start({ HEARTH_FAILPOINT: boundary });
  const doomed = await server.logIn();
  // Warm workspaces come back after the start; a claim before that would find none.
  if (how === "claimed") await poolIsFull(doomed);
  const request = doomed
    .call(endpoints.workspaces.createWorkspace, {
      params: { user: "me" },
      body: { template_id: templates[how] ?? "", name },
    })
    .then(
      () => true,
      () => false,
    );
  await server.ended();
  const wasAnswered = await request;

  await server.start();
  const client = await server.logIn();
  const named = (await listAll(client, "me")).filter((workspace) => workspace.name === name);
  for (const workspace of named) {
    const build = workspace.latest_build.id;
    await endOfLog(
      client.urlOf(endpoints.builds.getBuildLogs, { params: { workspacebuild: build }, query: { follow: true } }, "ws"),
      client,
    );
  }
  const settled = await untilOverEvents(
    client,
    () => listAll(client, "me"),
    (workspaces) =>
      workspaces
        .filter((workspace) => workspace.name === name)
        .every(({ latest_build }) =>
          latest_build.resources
            .flatMap(({ agents }) => agents ?? [])
            .every((agent) => agent.lifecycle_state === "ready" && agent.status === "connected"),
        ),
  );
  const mine = settled.filter((workspace) => workspace.name === name);
  await poolIsFull(client);

  // Lost only what was never promised, and never there twice.
  const isCommitted = boundary !== "create_workspace:before_commit";
  expect(mine).toHaveLength(isCommitted ? 1 : 0);
  if (wasAnswered) expect(isCommitted).toBe(true);
  expect(mine.map(({ latest_build }) => latest_build.status)).toEqual(isCommitted ? ["running"] : []);
  expect(mine.map(({ origin }) => origin?.how)).toEqual(isCommitted ? [how] : []);
  const pool = (await listAll(client, prebuildsUserName)).filter((workspace) => workspace.template_name === "warm");
  expect(pool.map(({ latest_build }) => latest_build.status)).toEqual(["running"]);
  const organization = mine[0]?.organization_id ?? pool[0]?.organization_id ?? "";
  const stuck = await client.call(endpoints.provisioners.listProvisionerJobs, {
    params: { organization },
    query: { status: "pending,running,canceling" },
  });
  expect(stuck).toEqual([]);
});
