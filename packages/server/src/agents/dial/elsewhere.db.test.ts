import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { WebSocket } from "ws";
import { prebuildsUserId } from "@hearth/sdk";
import { Lifecycle_State } from "@hearth/wire/agent-proto";
import { MemoryPubSub } from "../../ground/pubsub/index.ts";
import { agent, resource, type ServedReplica, ServedWorld } from "../../testing/index.ts";
import { dialElsewhere, type HeldElsewhere } from "./dial-held.ts";

// Clients talk to the world's replica; agents are connected to another one, which it hears nothing from: every hint is lost.

let world: ServedWorld;
let other: ServedReplica;
beforeAll(async () => (world = await ServedWorld.create()));
afterAll(async () => await world[Symbol.asyncDispose]());
beforeEach(async () => {
  other = await world.anotherReplica({ pubsub: new MemoryPubSub(world.log) });
});
afterEach(async () => await other[Symbol.asyncDispose]());

const echo = { onDial: (_port: number, connection: NodeJS.ReadWriteStream) => void connection.pipe(connection) };

async function running(ownerId = world.ownerId) {
  const token = randomUUID();
  const workspace = await world.makeWorkspace({ ownerId });
  const build = await world.start(workspace, [agent({ token })]);
  return { token, workspace, build, id: (await world.agentsOf(build)).get("main")?.id ?? "" };
}

async function opened(socket: WebSocket): Promise<WebSocket> {
  await once(socket, "open");
  return socket;
}

async function answerOf(socket: WebSocket, text: string): Promise<string> {
  const answer = once(socket, "message") as Promise<[Buffer]>;
  socket.send(Buffer.from(text));
  return (await answer)[0].toString("utf8");
}

async function statusOf(socket: WebSocket): Promise<number> {
  socket.on("error", () => undefined); // ended before it was open
  const [, response] = (await once(socket, "unexpected-response")) as [unknown, { statusCode?: number }];
  socket.terminate();
  return response.statusCode ?? 0;
}

const dialPath = (id: string, query = "port=3000&wait=ready") => `/workspaceagents/${id}/dial?${query}`;

test("an agent of another replica is dialled like one's own, and is asked for the port alone", async () => {
  const it = await running();
  const ports: number[] = [];
  await using _agent = await world.connect(it.token, {
    serverUrl: other.url,
    onDial: (port, connection) => {
      ports.push(port);
      echo.onDial(port, connection);
    },
  });

  const socket = await opened(world.socket(dialPath(it.id)));

  expect(await answerOf(socket, "hello")).toBe("hello");
  expect(ports).toEqual([3000]);
  const closed = once(socket, "close") as Promise<[number]>;
  socket.close(1000);
  expect((await closed)[0]).toBe(1000);
});

test("who may not dial it is refused before the other replica hears of it", async () => {
  const it = await running();
  await using _agent = await world.connect(it.token, { serverUrl: other.url, ...echo });
  const before = other.relay.callers;

  expect(await statusOf(world.socket(dialPath(it.id), world.otherKey))).toBe(404);
  expect(other.relay.callers).toBe(before);
});

test("its refusal has the agent's own word", async () => {
  const it = await running();
  await using _agent = await world.connect(it.token, { serverUrl: other.url, refusesDials: true });

  const socket = await opened(world.socket(dialPath(it.id)));
  const [code, reason] = (await once(socket, "close")) as [number, Buffer];

  expect([code, reason.toString("utf8")]).toEqual([4001, "refused"]);
});

test("a terminal and the listening ports come from it as well", async () => {
  const it = await running();
  await using _agent = await world.connect(it.token, {
    serverUrl: other.url,
    onDial: (port, connection) => {
      if (port === 2) connection.once("data", () => connection.write("$ "));
      else if (port === 4) {
        const body = JSON.stringify({ ports: [{ process_name: "vite", network: "tcp", port: 5173 }] });
        connection.once("data", () =>
          connection.end(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`),
        );
      }
    },
  });

  const socket = world.socket(`/workspaceagents/${it.id}/pty?reconnect=${randomUUID()}`);
  const [prompt] = (await once(socket, "message")) as [Buffer];
  socket.close();

  expect(prompt.toString("utf8")).toBe("$ ");
  expect((await world.get(`/workspaceagents/${it.id}/listening-ports`)).body).toMatchObject({
    ports: [{ port: 5173 }],
  });
});

test("a claim whose announcement the other replica has not heard is made up for by the first dial", async () => {
  const { token, workspace, build } = await running(prebuildsUserId);
  await using simulated = await world.connect(token, { serverUrl: other.url, ...echo });
  const claim = await world.beginClaim(workspace, world.ownerId);
  await world.complete(workspace, claim, {
    resources: [resource([agent({ token: undefined })])],
    claimOfBuildId: build.id,
  });
  const claimed = (await world.agentsOf(claim)).get("main")?.id ?? "";

  const socket = await opened(world.socket(dialPath(claimed, "port=3000")));

  expect(await answerOf(socket, "mine")).toBe("mine");
  expect(other.agents.sessions.registry.newest(claimed)?.generation).toBe(2);
  await simulated.report(Lifecycle_State.READY); // a call of the new agent's
  expect((await world.agentRow(claimed)).lifecycle_state).toBe("ready");
  socket.close();
});

test("a replica that is lost ends its terminals and dials with 1011, and a retry finds the agent's new replica", async () => {
  const it = await running();
  await using first = await world.connect(it.token, {
    serverUrl: other.url,
    onDial: (_port, connection) => void connection.write("$ "),
  });
  const dial = world.socket(dialPath(it.id));
  await once(dial, "message");
  const dialClosed = once(dial, "close") as Promise<[number]>;
  const terminal = world.socket(`/workspaceagents/${it.id}/pty?reconnect=${randomUUID()}`);
  await once(terminal, "message");
  const closed = once(terminal, "close") as Promise<[number]>;

  await other.relay[Symbol.asyncDispose](); // its lease goes on: only its machine is gone

  expect((await closed)[0]).toBe(1011);
  expect((await dialClosed)[0]).toBe(1011);
  const refused = await opened(world.socket(dialPath(it.id)));
  const [code, reason] = (await once(refused, "close")) as [number, Buffer];
  expect(code).toBe(4001);
  expect(reason.toString("utf8")).toContain("try again");
  // A terminal that opened here would take what is typed to nobody.
  expect(await statusOf(world.socket(`/workspaceagents/${it.id}/pty?reconnect=${randomUUID()}`))).toBe(400);

  first.cut();
  await using _again = await world.connect(it.token, { ...echo });
  const socket = await opened(world.socket(dialPath(it.id)));
  expect(await answerOf(socket, "back")).toBe("back");
  socket.close();
});

const deps = () => ({
  db: world.db,
  clock: world.clock,
  sessions: world.agents.sessions,
  replica: world.replica,
  relay: world.relay,
});
const target = { port: 3000, signal: new AbortController().signal };

test("an agent that moves while it is dialled is followed once", async () => {
  const it = await running();
  await using third = await world.anotherReplica();
  await using _agent = await world.connect(it.token, { serverUrl: third.url, ...echo });
  const held: HeldElsewhere = { agentId: it.id, generation: 1, replicaId: other.replica.id };

  const connection = await dialElsewhere(deps(), held, target);

  connection.write("followed");
  expect(((await once(connection, "data")) as [Buffer])[0].toString("utf8")).toBe("followed");
  connection.destroy();
});

test("and to ourselves; but not in circles", async () => {
  const it = await running();
  await using third = await world.anotherReplica();
  const setHolder = (replicaId: string) =>
    world.db
      .updateTable("workspace_agents")
      .set({ session_replica_id: replicaId, session_generation: 9 })
      .where("id", "=", it.id)
      .execute();
  const held: HeldElsewhere = { agentId: it.id, generation: 8, replicaId: other.replica.id };

  // A replica that nobody has told that it lost the agent, and the next as well.
  await setHolder(third.replica.id);
  await expect(dialElsewhere(deps(), held, target)).rejects.toMatchObject({
    code: "agent_unreachable",
    message: expect.stringContaining("try again"),
  });
  // One that is recorded where we have just asked.
  await setHolder(other.replica.id);
  await expect(dialElsewhere(deps(), { ...held, generation: 9 }, target)).rejects.toMatchObject({
    code: "agent_unreachable",
  });
  await using _agent = await world.connect(it.token, { ...echo });
  const connection = await dialElsewhere(deps(), held, target);
  connection.destroy();
});

test("a session that is older than the one that is asked for does not count", async () => {
  const it = await running();
  await using _agent = await world.connect(it.token, { serverUrl: other.url, ...echo });
  const peer = { id: other.replica.id, address: other.relay.address };
  const ask = (generation: number) =>
    world.relay.open(peer, "agent_dial", { agent_id: it.id, generation, port: 3000 }, target);
  (await ask(1)).destroy();

  await expect(ask(2)).rejects.toMatchObject({ name: "RelayRefused", refusal: "not held" });
});

test("a session that its agent has given up for another replica is closed when that is announced", async () => {
  const it = await running();
  await using third = await world.anotherReplica();
  await using _stale = await world.connect(it.token, { ...echo });
  await world.heardConnect(it.id);
  const session = world.agents.sessions.registry.newest(it.id);

  await using _agent = await world.connect(it.token, { serverUrl: third.url, ...echo });

  await session?.over;
  expect(session?.closeReason).toBe("replaced");
  const socket = await opened(world.socket(dialPath(it.id)));
  expect(await answerOf(socket, "there")).toBe("there");
  socket.close();
});

test("a claim is pushed to the replica that holds the agent: its session goes on, and what waits there hears of it", async () => {
  const token = randomUUID();
  const workspace = await world.makeWorkspace({ ownerId: prebuildsUserId });
  const build = await world.start(workspace, [agent({ token })]);
  await using _agent = await world.connect(token, { serverUrl: other.url, ...echo });
  const asked = await fetch(`${other.url}/api/v2/workspaceagents/me/reinit?wait=true`, {
    headers: { "coder-session-token": token },
  });
  const { registry } = other.agents.sessions;
  const generation = registry.ofWorkspace(workspace.id)[0]?.generation ?? 0;

  const claim = await world.beginClaim(workspace, world.ownerId);
  await world.complete(workspace, claim, {
    resources: [resource([agent({ token: undefined })])],
    claimOfBuildId: build.id,
  });

  expect(await asked.text()).toContain(`"owner_id":"${world.ownerId}"`);
  const after = (await world.agentsOf(claim)).get("main")?.id ?? "";
  expect(registry.newest(after)?.generation).toBe(generation + 1);
  // The same by NOTIFY, later: nothing is done twice.
  const agents = [{ from: randomUUID(), to: after, generation: generation + 1, replica_id: other.replica.id }];
  const again = { workspace_id: workspace.id, reason: "prebuild_claimed", owner_id: world.ownerId, agents } as const;
  world.statements.length = 0;
  other.pubsub.hear("prebuild_claimed", workspace.id, again);
  await other.agents.sessions.settle();
  expect(world.statements.filter((text) => text.includes("disconnected_at"))).toEqual([]);
  expect(await world.agentRow(after)).toMatchObject({ session_replica_id: other.replica.id });
});
