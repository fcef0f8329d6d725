import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { FakeClock } from "@hearth/base/fake-clock";
import { OneWaySocket } from "./one-way-socket.ts";

let server: WebSocketServer;
beforeAll(async () => {
  server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
});
afterAll(() => {
  for (const socket of server.clients) socket.terminate();
  server.close();
});

async function connect() {
  const { port } = server.address() as AddressInfo; // it listens on a port
  const accepted = once(server, "connection") as Promise<[WebSocket]>;
  const client = new WebSocket(`ws://127.0.0.1:${port}`);
  const [socket] = await accepted;
  await once(client, "open");
  const clock = new FakeClock();
  return { client, clock, socket: new OneWaySocket(socket, clock, new AbortController().signal) };
}

/** More than the kernel takes for somebody who does not read. */
const large = "x".repeat(16 * 1024 * 1024);

test("who reads nothing for a minute is let go, and told so when it reads again", async () => {
  const { client, clock, socket } = await connect();
  client.pause();
  const sending = socket.sendText(large);
  await clock.asleep("slow-reader");
  await clock.advance(59_999);
  expect(socket.signal.aborted).toBe(false);

  await clock.advance(1);
  await sending;

  expect(socket.signal.aborted).toBe(true);
  await socket.sendText("nobody hears this");
  const closed = once(client, "close");
  client.resume();
  expect((await closed)[0]).toBe(1013);
  expect(clock.pending()).toEqual([]);
});

test("who reads has all the time, and nothing waits for it", async () => {
  const { client, clock, socket } = await connect();
  const texts: number[] = [];
  client.on("message", (data: Buffer) => texts.push(data.length));

  await socket.sendText(large);
  await socket.send({ small: true });
  await once(client, "message");

  expect(texts).toEqual([large.length, 14]);
  expect(clock.pending().map(({ tag }) => tag)).toEqual(["socket-ping"]);
  socket.close(1000);
  await once(client, "close");
});
