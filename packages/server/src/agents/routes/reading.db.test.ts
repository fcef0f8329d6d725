import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { Duplex } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FakeClock } from "@hearth/base/fake-clock";
import type { AgentDeclaration } from "@hearth/provisioner";
import type * as api from "@hearth/sdk";
import type { SimulatedAgentOptions } from "@hearth/testkit";
import { uuidToBytes } from "@hearth/wire";
import { Log_Level } from "@hearth/wire/agent-proto";
import { agent, resource, script, ServedWorld } from "../../testing/index.ts";

let world: ServedWorld;
beforeAll(async () => (world = await ServedWorld.create()));
afterAll(async () => await world[Symbol.asyncDispose]());

async function connected(declared: Partial<AgentDeclaration> = {}, options: Partial<SimulatedAgentOptions> = {}) {
  const token = randomUUID();
  const workspace = await world.makeWorkspace();
  const build = await world.start(workspace, [agent({ token, ...declared })]);
  const simulated = await world.connect(token, options);
  const row = (await world.agentsOf(build)).get("main");
  if (row === undefined || simulated.client === undefined) throw new Error("not connected");
  return {
    token,
    workspace,
    build,
    id: row.id,
    agent: simulated,
    client: simulated.client,
    [Symbol.asyncDispose]: () => simulated[Symbol.asyncDispose](),
  };
}

const notFound = { message: "Agent doesn't exist with that id, or you do not have access to it." };
const paths = ["", "/logs", "/listening-ports", "/connection", "/watch-metadata"];

test.for(paths)("GET /workspaceagents/{id}%s: who may not know of the agent learns nothing", async (path) => {
  await using it = await connected();

  expect(await world.get(`/workspaceagents/${it.id}${path}`, world.otherKey)).toMatchObject({
    status: 404,
    body: notFound,
  });
  expect(await world.get(`/workspaceagents/${randomUUID()}${path}`)).toMatchObject({ status: 404, body: notFound });
  expect(await world.get(`/workspaceagents/n$pe${path}`)).toMatchObject({
    status: 400,
    body: { message: 'Invalid UUID "n$pe".', detail: "invalid UUID length: 4" },
  });
  expect(await world.get(`/workspaceagents/${it.id}${path}`, "none")).toMatchObject({
    status: 401,
    body: { message: "API key or external proxy authentication required, but none provided" },
  });
});

test("an agent is answered as it stands, also one of an older build", async () => {
  await using it = await connected();

  const answer = await world.get(`/workspaceagents/${it.id}`);
  expect(answer).toMatchObject({ status: 200, body: { id: it.id, status: "connected", lifecycle_state: "ready" } });

  const next = await world.makeBuild(it.workspace.id, { jobStatus: "running" });
  await world.complete(it.workspace, next, { resources: [resource([agent()])] });
  await it.agent.session?.closed;
  await expect
    .poll(async () => (await world.get(`/workspaceagents/${it.id}`)).body)
    .toMatchObject({ status: "disconnected" });
});

test("how to tunnel: there are no relays", async () => {
  await using it = await connected();
  const body = {
    derp_map: { Regions: {} },
    derp_force_websockets: false,
    disable_direct_connections: false,
    hostname_suffix: "hearth",
  };

  expect(await world.get(`/workspaceagents/${it.id}/connection`)).toMatchObject({ status: 200, body });
  expect(await world.get("/workspaceagents/connection", world.otherKey)).toMatchObject({ status: 200, body });
  expect(await world.get("/applications/host")).toMatchObject({ status: 200, body: { host: "" } });
});

const source = randomUUID();
async function say(it: { client: Awaited<ReturnType<typeof connected>>["client"] }, ...outputs: string[]) {
  const logs = outputs.map((output) => ({ output, level: Log_Level.WARN }));
  await it.client.batchCreateLogs({ logSourceId: uuidToBytes(source), logs });
}

test("stored lines, from and to a cursor, and as text", async () => {
  await using it = await connected({ scripts: [script()] });
  await say(it, "one", "two", "three");

  const all = (await world.get(`/workspaceagents/${it.id}/logs`)).body as api.WorkspaceAgentLog[];
  const [first, , third] = all.map(({ id }) => id);
  const between = await world.get(`/workspaceagents/${it.id}/logs?after=${first}&before=${third}`);
  const text = await world.get(`/workspaceagents/${it.id}/logs?format=text`);

  expect(all).toMatchObject([
    { output: "one", level: "warn", source_id: source },
    { output: "two" },
    { output: "three" },
  ]);
  expect(between.body).toMatchObject([{ output: "two" }]);
  expect(text.text.split("\n")).toEqual([
    expect.stringMatching(/Z \[warn\] \[main\] one$/),
    expect.stringMatching(/two$/),
    expect.stringMatching(/three$/),
    "",
  ]);
});

test.for(["after=-1", "after=x", "format=xml", "format=text&follow"])(
  "logs?%s is refused [agents 64]",
  async (query) => {
    await using it = await connected();

    expect((await world.get(`/workspaceagents/${it.id}/logs?${query}`)).status).toBe(400);
  },
);

/** The messages of a socket as they come, and how it was closed. */
function messagesOf(path: string, of: ServedWorld = world) {
  const socket = of.socket(path);
  const messages: unknown[] = [];
  const waiting = new Set<() => void>();
  socket.on("message", (data: Buffer) => {
    messages.push(JSON.parse(data.toString("utf8")));
    for (const wake of waiting) wake();
  });
  return {
    socket,
    closed: new Promise<{ code: number; reason: string }>((resolve) =>
      socket.once("close", (code, reason) => resolve({ code, reason: reason.toString() })),
    ),
    async next(count: number): Promise<unknown[]> {
      while (messages.length < count) await new Promise<void>((resolve) => waiting.add(resolve));
      return messages;
    },
    async until(matches: (message: unknown) => boolean): Promise<unknown> {
      for (;;) {
        const found = messages.find(matches);
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => waiting.add(resolve));
      }
    },
  };
}

test("a follower gets the backlog as one array, then what comes, and `eof` when a newer build stands in its place [agents 62]", async () => {
  await using it = await connected();
  await say(it, "one", "two");
  const follower = messagesOf(`/workspaceagents/${it.id}/logs?follow&after=0`);
  await follower.next(1);

  await say(it, "three");
  await follower.next(2);
  await world.makeBuild(it.workspace.id, { transition: "stop" });
  world.announce(world.ownerId, it.workspace.id);

  expect(await follower.closed).toEqual({ code: 1000, reason: "eof" });
  expect(await follower.next(2)).toMatchObject([[{ output: "one" }, { output: "two" }], [{ output: "three" }]]);
});

test("a follower of nothing yet gets an empty array; one with a cursor only what is after it", async () => {
  await using it = await connected();
  const early = messagesOf(`/workspaceagents/${it.id}/logs?follow`);
  expect(await early.next(1)).toEqual([[]]);
  await say(it, "one", "two");
  const [, lines] = (await early.next(2)) as api.WorkspaceAgentLog[][];

  const late = messagesOf(`/workspaceagents/${it.id}/logs?follow=true&after=${lines?.[0]?.id}`);

  expect(await late.next(1)).toMatchObject([[{ output: "two" }]]);
  early.socket.close();
  late.socket.close();
});

test("notices of lines do not ask for the latest build [agents 65]", async () => {
  await using it = await connected();
  const follower = messagesOf(`/workspaceagents/${it.id}/logs?follow`);
  await follower.next(1);
  world.statements.length = 0;

  for (let i = 0; i < 20; i++) {
    await say(it, `line ${i}`);
    await follower.next(2);
  }

  expect(world.sent.filter((text) => text.includes("build_number"))).toEqual([]);
  follower.socket.close();
});

test("a server that stops closes followers without the end marker [agents 131]", async () => {
  const stopped = await ServedWorld.create();
  const token = randomUUID();
  const build = await stopped.start(await stopped.makeWorkspace(), [agent({ token })]);
  const id = (await stopped.agentsOf(build)).get("main")?.id ?? "";
  const socket = stopped.socket(`/workspaceagents/${id}/logs?follow`);
  const first = new Promise<void>((resolve) => socket.once("message", () => resolve()));
  const closed = new Promise<string>((resolve) =>
    socket.once("close", (code, reason) => resolve(`${code} ${reason.toString()}`)),
  );
  await first;

  await stopped[Symbol.asyncDispose]();

  expect(await closed).toBe("1001 going away");
});

const load = {
  key: "load",
  displayName: "Load",
  script: "uptime",
  intervalSeconds: 5,
  timeoutSeconds: 1,
  displayOrder: 1,
};
const disk = { ...load, key: "disk", displayName: "Disk", displayOrder: 0 };

test("metadata is sent at once, sorted; again when it changed, and every 5 s [agents 41, 42]", async () => {
  const clock = new FakeClock();
  await using timed = await ServedWorld.create({ clock });
  const build = await timed.start(await timed.makeWorkspace(), [agent({ metadata: [load, disk] })]);
  const id = (await timed.agentsOf(build)).get("main")?.id ?? "";
  const viewer = messagesOf(`/workspaceagents/${id}/watch-metadata-ws`, timed);
  const events = await fetch(`${timed.url}/api/v2/workspaceagents/${id}/watch-metadata`, {
    headers: { "coder-session-token": timed.ownerKey },
  });
  const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
  const first = { result: { collected_at: "0001-01-01T00:00:00Z", age: 0, value: "", error: "" } };
  expect(await viewer.next(1)).toEqual([
    {
      type: "data",
      data: [
        { ...first, description: { display_name: "Disk", key: "disk", script: "uptime", interval: 5, timeout: 1 } },
        { ...first, description: { display_name: "Load", key: "load", script: "uptime", interval: 5, timeout: 1 } },
      ],
    },
  ]);
  expect((await reader?.read())?.value).toMatch(/^event: data\ndata: \[\{.*\}\]\n\n$/);

  await clock.advance(2_000);
  await timed.db
    .updateTable("workspace_agent_metadata")
    .set({ value: "0.5", collected_at: new Date(clock.now()) })
    .where("key", "=", "load")
    .execute();
  timed.pubsub.publish("agent_metadata", id, {});
  expect(await viewer.next(1)).toHaveLength(1);
  timed.statements.length = 0;
  await clock.advance(1_000);
  const changed = await viewer.until((message) => JSON.stringify(message).includes("0.5"));

  expect(changed).toMatchObject({ type: "data", data: [{}, { result: { value: "0.5", age: 1 } }] });
  // Two viewers, one read.
  await reader?.read();
  expect(timed.statements.filter((text) => text.includes('"workspace_agent_metadata"'))).toHaveLength(1);
  for (let second = 0; second < 5; second++) {
    await clock.asleep("watch-metadata");
    await clock.advance(1_000);
  }
  expect(await viewer.until((message) => JSON.stringify(message).includes('"age":6'))).toBeDefined();
  viewer.socket.close();
  await reader?.cancel();
});

test("ports that are worth showing: not the agent's, not an app's, not a database's [agents 108]", async () => {
  const ports = [3000, 8080, 5432, 7].map((port) => ({ process_name: "x", network: "tcp", port }));
  const http = createServer((request, response) => {
    expect(request.url).toBe("/api/v0/listening-ports");
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ ports }));
  });
  const onDial = (port: number, connection: Duplex) => {
    expect(port).toBe(4);
    http.emit("connection", connection);
  };
  const app = {
    slug: "web",
    displayName: "",
    icon: "",
    url: "http://localhost:8080/x",
    command: "",
    external: false,
    subdomain: false,
    share: "owner",
    displayOrder: 0,
    hidden: false,
    openIn: "tab",
    tooltip: "",
    displayGroup: "",
    healthcheck: undefined,
  } as const;
  await using it = await connected({ apps: [app] }, { onDial });

  const answer = await world.get(`/workspaceagents/${it.id}/listening-ports`);

  expect(answer).toMatchObject({ status: 200, body: { ports: [{ port: 3000 }] } });
});

test("an agent that is not connected cannot be asked [agents 107]", async () => {
  const build = await world.start(await world.makeWorkspace());
  const id = (await world.agentsOf(build)).get("main")?.id ?? "";

  expect(await world.get(`/workspaceagents/${id}/listening-ports`)).toMatchObject({
    status: 400,
    body: { code: "agent_unreachable", message: expect.stringContaining("not connected") as string },
  });
});
