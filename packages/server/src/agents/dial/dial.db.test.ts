import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { WebSocket } from "ws";
import type { AgentDeclaration } from "@hearth/provisioner";
import { prebuildsUserId } from "@hearth/sdk";
import type { SimulatedAgentOptions } from "@hearth/testkit";
import { Lifecycle_State } from "@hearth/wire/agent-proto";
import { agent, resource, script, ServedWorld } from "../../testing/index.ts";

let world: ServedWorld;
beforeAll(async () => (world = await ServedWorld.create()));
afterAll(async () => await world[Symbol.asyncDispose]());

async function running(declared: Partial<AgentDeclaration> = {}, ownerId = world.ownerId) {
  const token = randomUUID();
  const workspace = await world.makeWorkspace({ ownerId });
  const build = await world.start(workspace, [agent({ token, ...declared })]);
  const id = (await world.agentsOf(build)).get("main")?.id ?? "";
  return { token, workspace, build, id };
}

async function connected(options: Partial<SimulatedAgentOptions> = {}, declared: Partial<AgentDeclaration> = {}) {
  const it = await running(declared);
  const simulated = await world.connect(it.token, options);
  return { ...it, agent: simulated, [Symbol.asyncDispose]: () => simulated[Symbol.asyncDispose]() };
}

/** Opens, or says which status it was refused with. */
async function open(socket: WebSocket): Promise<WebSocket | number> {
  return await new Promise((resolve, reject) => {
    socket.once("open", () => {
      // What comes at once waits until whoever opened it listens.
      socket.pause();
      // oxlint-disable-next-line hearth/no-raw-timers -- the next turn of the loop, whatever the time
      setImmediate(() => socket.resume());
      resolve(socket);
    });
    socket.once("unexpected-response", (_request, response) => {
      socket.terminate();
      resolve(response.statusCode ?? 0);
    });
    socket.on("error", reject);
  });
}

async function dialled(id: string, query = "port=1", key?: string): Promise<WebSocket> {
  const socket = await open(world.socket(`/workspaceagents/${id}/dial?${query}`, key));
  if (typeof socket === "number") throw new Error(`refused with ${socket}`);
  return socket;
}

async function answerOf(socket: WebSocket, text: string): Promise<string> {
  const answer = once(socket, "message") as Promise<[Buffer]>;
  socket.send(Buffer.from(text));
  return (await answer)[0].toString("utf8");
}

test("a dial is a byte stream to a port of the agent", async () => {
  const ports: number[] = [];
  await using it = await connected({
    onDial: (port, connection) => {
      ports.push(port);
      connection.pipe(connection);
    },
  });

  const socket = await dialled(it.id, "port=3000");

  expect(await answerOf(socket, "hello")).toBe("hello");
  expect(ports).toEqual([3000]);
  const closed = once(socket, "close");
  socket.close(1000);
  await closed;
});

test("what the client sends before the agent has answered is not lost, and its end ends the connection", async () => {
  const received = Promise.withResolvers<string>();
  await using it = await connected({
    onDial: (_port, connection) => {
      const chunks: Buffer[] = [];
      connection.on("data", (chunk: Buffer) => chunks.push(chunk));
      connection.once("end", () => received.resolve(Buffer.concat(chunks).toString("utf8")));
    },
  });

  const socket = await dialled(it.id);
  for (let i = 0; i < 100; i++) socket.send(Buffer.from(String(i % 10)));
  socket.close(1000);

  expect(await received.promise).toBe("0123456789".repeat(10));
});

test("the agent's end closes the socket in order", async () => {
  await using it = await connected({ onDial: (_port, connection) => void connection.end("bye") });

  const socket = await dialled(it.id);
  const [data] = (await once(socket, "message")) as [Buffer];
  const [code] = (await once(socket, "close")) as [number];

  expect(data.toString("utf8")).toBe("bye");
  expect(code).toBe(1000);
});

test("a port that the agent refuses closes with 4001 and the agent's reason", async () => {
  await using it = await connected({ refusesDials: true });

  const socket = await dialled(it.id);
  const [code, reason] = (await once(socket, "close")) as [number, Buffer];

  expect(code).toBe(4001);
  expect(reason.toString("utf8")).toBe("refused");
});

test.for<[what: string, query: string, status: number]>([
  ["no port", "", 400],
  ["port 0", "port=0", 400],
  ["a port that is none", "port=65536", 400],
  ["another kind of waiting", "port=1&wait=long", 400],
])("a dial to %s is refused", async ([, query, status]) => {
  await using it = await connected();

  expect(await open(world.socket(`/workspaceagents/${it.id}/dial?${query}`))).toBe(status);
});

test("who may not use SSH there learns nothing; an agent that is not connected is said so", async () => {
  const { id } = await running();

  expect(await open(world.socket(`/workspaceagents/${id}/dial?port=1`, world.otherKey))).toBe(404);
  expect(await open(world.socket(`/workspaceagents/${randomUUID()}/dial?port=1`))).toBe(404);
  expect(await open(world.socket(`/workspaceagents/${id}/dial?port=1`))).toBe(400);
  const plain = await world.get(`/workspaceagents/${id}/dial?port=1`);
  expect(plain.status).toBe(426);
  expect(plain.body).toMatchObject({ code: "upgrade_required", message: expect.stringContaining("WebSocket") });
});

test("waiting for `ready` holds the upgrade until the agent has come and its blocking start script is done", async () => {
  const it = await running({ scripts: [script({ startBlocksLogin: true })] });
  const opening = open(world.socket(`/workspaceagents/${it.id}/dial?port=1&wait=ready`));
  const opened = { yet: false };
  void opening.then(() => (opened.yet = true));
  await using simulated = await world.connect(it.token, { reportsReady: false });
  await simulated.report(Lifecycle_State.STARTING);
  expect(opened.yet).toBe(false);

  await simulated.report(Lifecycle_State.READY);
  const socket = await opening;

  if (typeof socket === "number") throw new Error(`refused with ${socket}`);
  expect(await answerOf(socket, "in")).toBe("in");
  socket.close();
});

test("a start script that does not block holds nobody", async () => {
  await using it = await connected({ reportsReady: false }, { scripts: [script()] });
  await it.agent.report(Lifecycle_State.STARTING);

  const socket = await dialled(it.id, "port=1&wait=ready");

  expect(await answerOf(socket, "in")).toBe("in");
  socket.close();
});

test("who waits is refused when the workspace shuts down instead", async () => {
  const it = await running({ scripts: [script({ startBlocksLogin: true })] });
  await using simulated = await world.connect(it.token, { reportsReady: false });
  const opening = open(world.socket(`/workspaceagents/${it.id}/dial?port=1&wait=ready`));

  await simulated.report(Lifecycle_State.SHUTTING_DOWN);

  expect(await opening).toBe(400);
});

test("a dial that waits through a claim reaches the claimed agent, once it is ready", async () => {
  const { token, workspace, build, id } = await running({}, prebuildsUserId);
  await using simulated = await world.connect(token);
  const claim = await world.beginClaim(workspace, world.ownerId);
  const opening = open(world.socket(`/workspaceagents/${id}/dial?port=1&wait=ready`));
  const opened = { yet: false };
  void opening.then(() => (opened.yet = true));
  await world.complete(workspace, claim, {
    resources: [resource([agent({ token: undefined })])],
    claimOfBuildId: build.id,
  });
  await simulated.client?.getManifest({});
  expect(opened.yet).toBe(false);

  await simulated.report(Lifecycle_State.READY);

  const socket = await opening;
  if (typeof socket === "number") throw new Error(`refused with ${socket}`);
  expect(await answerOf(socket, "mine")).toBe("mine");
  socket.close();
});

test("a session that ends takes its dials along", async () => {
  await using it = await connected();
  const socket = await dialled(it.id);
  await answerOf(socket, "x");
  const closed = once(socket, "close") as Promise<[number]>;

  it.agent.cut();

  expect((await closed)[0]).toBe(1011);
});

/** An agent's terminal service that shows what it was told. */
function terminal(headers: unknown[], messages: unknown[]) {
  return (port: number, connection: Duplex) => {
    expect(port).toBe(2);
    let bytes = Buffer.alloc(0);
    let hasHeader = false;
    connection.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (!hasHeader && bytes.length >= 2) {
        const length = bytes.readUInt16LE(0);
        headers.push(JSON.parse(bytes.subarray(2, 2 + length).toString("utf8")));
        bytes = bytes.subarray(2 + length);
        hasHeader = true;
        connection.write("$ ");
      }
      if (bytes.length === 0) return;
      const text = bytes.toString("utf8");
      bytes = Buffer.alloc(0);
      messages.push(JSON.parse(text));
      if (text.includes("exit")) connection.end("bye");
    });
  };
}

test("a web terminal: header, one JSON object a message, bytes back, and an end when the process ends", async () => {
  const headers: unknown[] = [];
  const messages: unknown[] = [];
  await using it = await connected({ onDial: terminal(headers, messages) });
  const reconnect = randomUUID();

  const socket = await open(
    world.socket(`/workspaceagents/${it.id}/pty?reconnect=${reconnect}&height=24&width=100&command=bash`),
  );
  if (typeof socket === "number") throw new Error(`refused with ${socket}`);
  const [prompt] = (await once(socket, "message")) as [Buffer];
  socket.send(JSON.stringify({ height: 30, width: 120 }));
  await expect.poll(() => messages).toEqual([{ height: 30, width: 120 }]);
  const closed = once(socket, "close") as Promise<[number, Buffer]>;
  socket.send(JSON.stringify({ data: "exit\r" }));

  expect(prompt.toString("utf8")).toBe("$ ");
  expect(headers).toEqual([
    { ID: reconnect, Height: 24, Width: 100, Command: "bash", Container: "", ContainerUser: "", BackendType: "" },
  ]);
  const [code, reason] = await closed;
  expect({ code, reason: reason.toString() }).toEqual({ code: 1000, reason: "" });
});

test.for(["", "reconnect=no", "reconnect=ID&height=-1", "reconnect=ID&width=x", "reconnect=ID&backend_type=tmux"])(
  "a terminal with bad parameters is refused [agents 106]: %s",
  async (query) => {
    await using it = await connected();

    expect(await open(world.socket(`/workspaceagents/${it.id}/pty?${query.replace("ID", randomUUID())}`))).toBe(400);
  },
);
