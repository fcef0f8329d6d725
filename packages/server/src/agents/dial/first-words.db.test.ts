import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { agent, ServedWorld } from "../../testing/index.ts";

let world: ServedWorld;
beforeAll(async () => (world = await ServedWorld.create()));
afterAll(async () => await world[Symbol.asyncDispose]());

const times = 50;

/** A client's WebSocket frame (RFC 6455 §5.2) of up to 125 bytes. */
function frame(opcode: 1 | 2, payload: Buffer): Buffer {
  const mask = randomBytes(4);
  const masked = payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0));
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length]), mask, masked]);
}

/** Asks for an upgrade and speaks in the same breath, before it was let in. */
async function blurt(path: string, token: string, words: Buffer): Promise<Socket> {
  const { hostname, port } = new URL(world.url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on("error", () => undefined);
  await once(socket, "connect");
  const head = [
    `GET /api/v2${path} HTTP/1.1`,
    `Host: ${hostname}:${port}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
    `Coder-Session-Token: ${token}`,
    "\r\n",
  ].join("\r\n");
  socket.write(Buffer.concat([Buffer.from(head), words]));
  return socket;
}

/** Everything the server says after its head, until `isEnough` of it is there or it has ended. */
async function answerOf(socket: Socket, isEnough: (said: Buffer) => boolean): Promise<Buffer> {
  let all = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    all = Buffer.concat([all, chunk]);
    const end = all.indexOf("\r\n\r\n");
    if (end >= 0 && isEnough(all.subarray(end + 4))) return all.subarray(end + 4);
  }
  throw new Error(`The server ended with: ${all.toString("latin1")}`);
}

async function running(onDial?: (port: number, connection: Duplex) => void) {
  const token = randomUUID();
  const build = await world.start(await world.makeWorkspace(), [agent({ token })]);
  const id = (await world.agentsOf(build)).get("main")?.id ?? "";
  const simulated = await world.connect(token, onDial === undefined ? {} : { onDial });
  return { id, [Symbol.asyncDispose]: () => simulated[Symbol.asyncDispose]() };
}

/** Agents answer late: a dial is under way while the client speaks already. */
const laterEcho = (_port: number, connection: Duplex) => void connection.pipe(connection);

test.for<[what: string, path: (id: string) => string, words: string]>([
  ["a terminal", (id) => `/workspaceagents/${id}/pty?reconnect=${randomUUID()}`, '{"data":"ls\\r"}'],
  ["a dial", (id) => `/workspaceagents/${id}/dial?port=3000`, "GET / HTTP/1.1"],
])("%s takes what was said at once, 50 of 50 times", async ([, path, words]) => {
  await using it = await running(laterEcho);

  const answers = await Promise.all(
    Array.from({ length: times }, async () => {
      const socket = await blurt(path(it.id), world.ownerKey, frame(2, Buffer.from(words)));
      const said = await answerOf(socket, (bytes) => bytes.includes(words));
      socket.destroy();
      return said.includes(words);
    }),
  );

  expect(answers.filter(Boolean)).toHaveLength(times);
});

test("an agent's session takes what was said at once, 50 of 50 times", async () => {
  const token = randomUUID();
  await world.start(await world.makeWorkspace(), [agent({ token })]);
  // yamux: version 0, ping, SYN, stream 0, an opaque value; and its answer
  const ping = Buffer.from([0, 2, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4]);
  const pong = Buffer.from([0, 2, 0, 2, 0, 0, 0, 0, 1, 2, 3, 4]);

  const answers = await Promise.all(
    Array.from({ length: times }, async () => {
      const socket = await blurt("/workspaceagents/me/rpc?version=2.10&role=sidecar", token, frame(2, ping));
      const said = await answerOf(socket, (bytes) => bytes.includes(pong));
      socket.destroy();
      return said.includes(pong);
    }),
  );

  expect(answers.filter(Boolean)).toHaveLength(times);
});

test.for<[what: string, path: (id: string) => string]>([
  ["metadata", (id) => `/workspaceagents/${id}/watch-metadata-ws`],
  ["logs", (id) => `/workspaceagents/${id}/logs?follow`],
])("a watcher of %s that says at once that it had enough is let go", async ([, path]) => {
  await using it = await running();
  const closeFrame = Buffer.from([0x88, 2, 0x03, 0xe8]); // 1000

  const answers = await Promise.all(
    Array.from({ length: times }, async () => {
      const socket = await blurt(path(it.id), world.ownerKey, frame(1, Buffer.from("enough")));
      const said = await answerOf(socket, (bytes) => bytes.includes(closeFrame));
      socket.destroy();
      return said.includes(closeFrame);
    }),
  );

  expect(answers.filter(Boolean)).toHaveLength(times);
});
