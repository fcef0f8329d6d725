import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { FakeClock } from "@hearth/base/fake-clock";
import type * as api from "@hearth/sdk";
import { ConnectionRefused } from "@hearth/testkit";
import { agentConnectUrl, sessionTokenHeader } from "@hearth/wire";
import { grantFor } from "../../access/testing/index.ts";
import { removeReplicas } from "../../replicas/index.ts";
import { listResources } from "../index.ts";
import { agent, type BuildFixture, ServedWorld } from "../../testing/index.ts";
import { recordDisconnect } from "./store.ts";

let world: ServedWorld;
beforeAll(async () => (world = await ServedWorld.create()));
afterAll(async () => await world[Symbol.asyncDispose]());

/** A running workspace with one agent. */
async function running(of: ServedWorld = world, options: Parameters<ServedWorld["makeWorkspace"]>[0] = {}) {
  const token = randomUUID();
  const workspace = await of.makeWorkspace(options);
  const build = await of.start(workspace, [agent({ token })]);
  of.events.length = 0;
  return { token, workspace, build };
}

async function shown(of: ServedWorld, build: BuildFixture): Promise<api.WorkspaceAgent> {
  const listed = await listResources(of.db, [build.jobId], of.clock.now());
  const found = listed.get(build.jobId)?.[0]?.agents?.[0];
  if (found === undefined) throw new Error("no agent");
  return found;
}

/** An agent's socket whose other end says nothing, not even an answer to a ping. */
async function frozenSocket(of: ServedWorld, token: string, query = "?version=2.10&role=agent"): Promise<WebSocket> {
  const url = agentConnectUrl(of.url);
  url.search = query;
  const socket = new WebSocket(url, { headers: { [sessionTokenHeader]: token } });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("open", resolve);
  socket.on("error", reject);
  socket.once("unexpected-response", (_request, response) => reject(new Error(String(response.statusCode))));
  await promise;
  return socket;
}

test("an agent of the latest build connects and leaves: one event each [agents 2, 30]", async () => {
  const { token, workspace, build } = await running();

  const connected = await world.connect(token, { reportsReady: false });
  const agentId = (await shown(world, build)).id;
  expect(await shown(world, build)).toMatchObject({
    status: "connected",
    version: "v0.0.0-simulated",
    api_version: "2.10",
  });
  expect(world.agents.sessions.identities.find(workspace.id)?.ownerName).toBe("ada");
  await connected[Symbol.asyncDispose]();
  await world.heard("agt_connection_update", 2);

  expect(await shown(world, build)).toMatchObject({ status: "disconnected" });
  const event = {
    kind: "agt_connection_update",
    workspace_id: workspace.id,
    agent_id: agentId,
    ownerId: world.ownerId,
  };
  expect(world.events).toEqual([event, event]);
  await expect.poll(() => world.agents.sessions.registry.size).toBe(0);
  expect(world.agents.sessions.identities.find(workspace.id)).toBeUndefined();
});

test.for<[what: string, version: string, outcome: string]>([
  ["one that is not spoken [agents 8]", "?version=9.9", "400"],
  ["no number at all", "?version=new", "400"],
  ["none, which means 2.0 [agents 9]", "", "2.0"],
  ["an older one", "?version=2.3", "2.3"],
  ["the newest that is spoken", "?version=2.13", "2.13"],
  ["one beyond it", "?version=2.14", "400"],
])("version: %s", async ([, query, outcome]) => {
  const { token } = await running();

  const opening = frozenSocket(world, token, query);

  if (outcome === "400") {
    await expect(opening).rejects.toThrow("400");
    const answer = await fetch(`${world.url}/api/v2/workspaceagents/me/rpc${query}`, {
      headers: { [sessionTokenHeader]: token },
    });
    expect(answer.status).toBe(426);
  } else {
    const socket = await opening;
    await world.heard("agt_connection_update");
    expect(world.agents.sessions.registry.all()[0]?.apiVersion).toBe(outcome);
    socket.terminate();
    await world.heard("agt_connection_update", 2);
  }
});

test("a token of nobody is refused with 401 and may be tried again [agents 1]", async () => {
  await expect(world.connect(randomUUID())).rejects.toSatisfy(
    (error) => error instanceof ConnectionRefused && error.status === 401,
  );
});

test("a side-car's session leaves no trace of a connection [agents 10]", async () => {
  const { token, build } = await running();

  const socket = await frozenSocket(world, token, "?version=2.10&role=logstream");
  await expect.poll(() => world.agents.sessions.registry.all()[0]?.isMonitored).toBe(false);

  expect(await shown(world, build)).toMatchObject({ status: "connecting" });
  expect(world.events).toEqual([]);
  socket.terminate();
  await expect.poll(() => world.agents.sessions.registry.size).toBe(0);
  expect(await shown(world, build)).not.toHaveProperty("disconnected_at");
});

test("an older session that ends late changes nothing of the newer one's [agents 17, 19]", async () => {
  const { token, build } = await running();
  const first = await frozenSocket(world, token);
  await world.heard("agt_connection_update", 1);
  await using _second = await world.connect(token, { reportsReady: false });

  first.terminate();
  await expect.poll(() => world.agents.sessions.registry.size).toBe(1);

  expect(await shown(world, build)).toMatchObject({ status: "connected" });
  expect(world.events).toHaveLength(2);
});

test("writes of an older generation change nothing", async () => {
  const { token, build, workspace } = await running();
  await using _agent = await world.connect(token, { reportsReady: false });
  const { id } = await shown(world, build);
  const nowMs = world.clock.now();

  const granted = grantFor("workspace:update_agent", { id: workspace.id, agentId: id });
  const replicaId = world.replica.id;
  expect(await recordDisconnect(world.db, granted, { generation: 0, replicaId, lastHeardMs: nowMs, nowMs })).toBe(
    false,
  );
  expect(
    await recordDisconnect(world.db, granted, {
      generation: 1,
      replicaId: randomUUID(),
      lastHeardMs: nowMs,
      nowMs,
    }),
  ).toBe(false);

  expect(await shown(world, build)).toMatchObject({ status: "connected" });
});

test("a new start build closes the session as outdated; the agent is refused from then on [agents 20]", async () => {
  const { token, workspace } = await running();
  const socket = await frozenSocket(world, token);
  await world.heard("agt_connection_update", 1);
  const closed = new Promise<string>((resolve) => socket.once("close", (_code, reason) => resolve(reason.toString())));

  await world.makeBuild(workspace.id);
  world.announce(world.ownerId, workspace.id);

  expect(await closed).toBe("outdated");
  await world.heard("agt_connection_update", 2);
  await expect(world.connect(token)).rejects.toBeInstanceOf(ConnectionRefused);
});

test("a stop build leaves the session open until it has ended [agents 4]", async () => {
  const { token, workspace } = await running();
  await using stopping = await world.connect(token);
  const stop = await world.makeBuild(workspace.id, { transition: "stop", jobStatus: "running" });
  world.announce(world.ownerId, workspace.id);
  await world.agents.sessions.settle();
  expect(world.agents.sessions.registry.size).toBe(1);

  await world.complete(workspace, stop, { resources: [], transition: "stop" });
  await stopping.session?.closed;

  await world.heard("agt_connection_update", 2);
});

test("a rename reaches every session of the workspace with one read [agents 26, 130]", async () => {
  const { token, workspace } = await running();
  await using _one = await world.connect(token, { reportsReady: false });
  await using _two = await world.connect(token, { reportsReady: false });
  await world.db.updateTable("workspaces").set({ name: "renamed" }).where("id", "=", workspace.id).execute();
  world.statements.length = 0;

  world.pubsub.publish("workspace_identity", workspace.id, {});
  world.pubsub.publish("workspace_owner", world.ownerId, { kind: "mtd_update", workspace_id: workspace.id });
  await world.agents.sessions.settle();

  expect(world.agents.sessions.identities.find(workspace.id)?.workspaceName).toBe("renamed");
  expect(world.sent).toHaveLength(1);
});

test("messages that were lost are made up for: everything is looked at again", async () => {
  const { token, workspace } = await running();
  await using outdated = await world.connect(token, { reportsReady: false });
  await world.makeBuild(workspace.id);

  world.pubsub.drop();

  await outdated.session?.closed;
});

test("a lease that was taken back records its sessions again", async () => {
  const { token, build } = await running();
  await using _agent = await world.connect(token, { reportsReady: false });
  await removeReplicas(world.db, grantFor("workspace:update_agent", {}), {
    nowMs: world.clock.now(),
    ids: [world.replica.id],
  });
  expect(await shown(world, build)).toMatchObject({ status: "disconnected" });

  await world.heard("agt_connection_update", 2); // the next renewal finds its row gone

  expect(await shown(world, build)).toMatchObject({ status: "connected" });
});

test("a peer that answers no ping is gone after 30 s [agents 15]", async () => {
  const clock = new FakeClock();
  await using timed = await ServedWorld.create({ clock });
  const { token, build } = await running(timed);
  await frozenSocket(timed, token);
  await clock.asleep("agent-ping");

  await clock.advance(15_000);
  await clock.asleep("agent-ping");
  expect(await shown(timed, build)).toMatchObject({ status: "connected" });
  await clock.advance(15_000);
  await timed.heard("agt_connection_update", 2);

  const { last_connected_at: last, disconnected_at: disconnected, status } = await shown(timed, build);
  expect(status).toBe("disconnected");
  expect(Date.parse(disconnected ?? "") - Date.parse(last ?? "")).toBe(30_000);
  await clock.advance(5_000); // the socket is cut, because nobody answers the close
});

test("ten idle minutes of agents cost the lease and a look, and advances when they were heard of [agents 14, 21, 23]", async () => {
  const clock = new FakeClock();
  await using timed = await ServedWorld.create({ clock });
  const { token, build } = await running(timed);
  await using idle = await timed.connect(token, { reportsReady: false });
  await using _other = await timed.connect((await running(timed)).token, { reportsReady: false });
  const before = (await shown(timed, build)).last_connected_at;
  timed.events.length = 0;
  timed.statements.length = 0;

  const seconds = 600;
  for (let second = 0; second < seconds; second += 5) {
    await clock.advance(5_000);
    await clock.asleep("replica-lease");
    await idle.session?.ping(); // both sides have said what they had to
  }

  const writes = timed.statements.filter((text) => !text.includes("update replicas"));
  const looks = (seconds / 300 + 1) * 2;
  expect(writes.filter((text) => /update "?workspace_agents/.test(text))).toEqual([]);
  expect(writes.length).toBeLessThanOrEqual(looks);
  expect(timed.statements.length - writes.length).toBe(seconds / 5);
  expect(timed.events).toEqual([]);
  const after = await shown(timed, build);
  expect(after).toMatchObject({ status: "connected" });
  expect(after).not.toHaveProperty("disconnected_at");
  expect(Date.parse(after.last_connected_at ?? "") - Date.parse(before ?? "")).toBeGreaterThanOrEqual(
    (seconds - 5) * 1000,
  );
});

test("a replica that stops renewing loses its agents in one statement; those that moved on stay [agents 16, 22]", async () => {
  const { build } = await running();
  const moved = await running();
  await using here = await world.connect(moved.token, { reportsReady: false });
  expect(here.connections).toBe(1);
  const lostReplica = randomUUID();
  const nowMs = world.clock.now();
  await world.db
    .insertInto("replicas")
    .values({
      id: lostReplica,
      hostname: "lost",
      version: "test",
      started_at: new Date(nowMs - 60_000),
      renewed_at: new Date(nowMs - 20_000),
      expires_at: new Date(nowMs - 5_000),
    })
    .execute();
  const { id } = await shown(world, build);
  await world.db
    .updateTable("workspace_agents")
    .set({
      session_replica_id: lostReplica,
      first_connected_at: new Date(nowMs - 60_000),
      last_connected_at: new Date(nowMs - 60_000),
    })
    .where("id", "=", id)
    .execute();
  expect(await shown(world, build)).toMatchObject({ status: "disconnected" }); // before anybody wrote it down
  world.statements.length = 0;

  const lost = await removeReplicas(world.db, grantFor("workspace:update_agent", {}), { nowMs });

  expect(world.sent).toHaveLength(1);
  expect(lost.map(({ agentId }) => agentId)).toEqual([id]);
  expect(await shown(world, build)).toMatchObject({
    status: "disconnected",
    last_connected_at: new Date(nowMs - 20_000).toISOString(),
    disconnected_at: new Date(nowMs - 20_000).toISOString(),
  });
  expect(await shown(world, moved.build)).toMatchObject({ status: "connected" });
});

test("a server that stops says so, and writes the end of its sessions in one statement", async () => {
  const stopped = await ServedWorld.create();
  const { token } = await running(stopped);
  const one = await stopped.connect(token, { reportsReady: false });
  const other = await stopped.connect((await running(stopped)).token, { reportsReady: false });
  stopped.statements.length = 0;

  const ends = Promise.all([one.session?.closed, other.session?.closed]);
  await stopped[Symbol.asyncDispose]();

  expect((await ends).map((end) => end?.error?.message)).toEqual([
    expect.stringContaining("1001"),
    expect.stringContaining("1001"),
  ]);
  const writes = stopped.statements.filter((text) => /update "?workspace_agents/.test(text));
  expect(writes).toEqual([expect.stringContaining("delete from replicas")]);
});

test("a reconnect costs three statements: token, connection, manifest", async () => {
  const { token } = await running();
  await (await world.connect(token))[Symbol.asyncDispose]();
  await world.heard("agt_connection_update", 2);
  world.statements.length = 0;

  await using _again = await world.connect(token, { reportsReady: false });

  expect(world.sent).toHaveLength(3);
});
