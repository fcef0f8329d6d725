import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { buffer } from "node:stream/consumers";
import { systemClock } from "@hearth/base";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { clientSocketOptions } from "./client-socket-options.ts";
import { WebSocketClosed } from "./web-socket-closed.ts";
import { maxMessageBytes, webSocketStream } from "./web-socket-stream.ts";
import { divertPayload } from "./ws-internals.ts";

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: 0,
  perMessageDeflate: false,
  maxPayload: maxMessageBytes,
});
let url = "";
beforeAll(async () => {
  if (!server.address()) await once(server, "listening");
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on TCP
});
afterAll(() => {
  for (const socket of server.clients) socket.terminate();
  server.close();
});

async function connect(options = {}): Promise<{ client: WebSocket; accepted: WebSocket }> {
  const accepted = once(server, "connection");
  const client = new WebSocket(url, { perMessageDeflate: false, ...options });
  await once(client, "open");
  return { client, accepted: (await accepted)[0] as WebSocket }; // what a server's "connection" carries
}

async function connectStreams(options = {}): Promise<[Duplex, Duplex]> {
  const { client, accepted } = await connect(options);
  const streams: [Duplex, Duplex] = [webSocketStream(client), webSocketStream(accepted)];
  // Cutting one end at the end of a test breaks the other, which is not what these tests are about.
  for (const stream of streams) stream.on("error", () => undefined);
  return streams;
}

const chunks = fc.array(
  fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 300 }),
    fc.integer({ min: 1, max: 200_000 }).map((n) => Buffer.alloc(n, n)),
  ),
  { maxLength: 12 },
);

test.for([
  ["random masks", {}],
  ["no masks", clientSocketOptions("ws://127.0.0.1")],
] as const)("bytes arrive as they were written, in both directions, with %s", async ([, options]) => {
  const [client, accepted] = await connectStreams(options);

  await fc.assert(
    fc.asyncProperty(chunks, chunks, async (down, up) => {
      const [wantedDown, wantedUp] = [Buffer.concat(down), Buffer.concat(up)];
      const read = Promise.all([take(client, wantedDown.length), take(accepted, wantedUp.length)]);
      for (const chunk of down) accepted.write(chunk);
      for (const chunk of up) client.write(chunk);

      const [seenDown, seenUp] = await read;

      expect(seenDown.equals(wantedDown)).toBe(true);
      expect(seenUp.equals(wantedUp)).toBe(true);
    }),
    { numRuns: 25 },
  );
  client.destroy();
});

/** The next bytes of the stream, that many. */
async function take(stream: Duplex, size: number): Promise<Buffer> {
  const seen: Buffer[] = [];
  let left = size;
  const { promise, resolve } = Promise.withResolvers<void>();
  function onData(chunk: Buffer): void {
    seen.push(chunk);
    left -= chunk.length;
    if (left <= 0) resolve();
  }
  if (left > 0) {
    stream.on("data", onData);
    await promise;
    stream.off("data", onData);
  }
  return Buffer.concat(seen);
}

test("borders of messages mean nothing: fragments, empty messages and pings in between are one stream", async () => {
  const { client, accepted } = await connect();
  const read = buffer(webSocketStream(accepted));

  client.send(Buffer.from("a"), { fin: false });
  client.ping("still there?");
  client.send(Buffer.from("b"), { fin: true });
  client.send(Buffer.alloc(0));
  client.send(Buffer.from("c"));
  client.close(1000);

  expect(await read).toEqual(Buffer.from("abc"));
});

test("a write larger than a message may be leaves as several", async () => {
  const [client, accepted] = await connectStreams();
  const bytes = Buffer.alloc(2 * maxMessageBytes + 5, 7);
  const read = buffer(accepted);

  client.end(bytes);

  expect((await read).equals(bytes)).toBe(true);
});

test("the socket is paused while nobody reads, and holds the writer back", async () => {
  const { client, accepted } = await connect();
  const [writer, reader] = [webSocketStream(client), webSocketStream(accepted, { highWaterMarkBytes: 100_000 })];
  for (const stream of [writer, reader]) stream.on("error", () => undefined); // the cut at the end
  const chunk = Buffer.alloc(64 * 1024);
  const chunkCount = 320;
  let takenCount = 0;
  void (async () => {
    for (; takenCount < chunkCount; takenCount++) await new Promise((taken) => writer.write(chunk, taken));
  })();
  reader.once("readable", () => undefined); // begins to read into its buffer, and takes nothing out

  while (!accepted.isPaused) await turn();
  const readAhead = reader.readableLength;
  while (client.bufferedAmount === 0) await turn(); // the kernel takes no more either
  expect(reader.readableLength).toBe(readAhead);
  expect(readAhead).toBeLessThan(100_000 + 2 * chunk.length);
  expect(takenCount).toBeLessThan(chunkCount);

  const rest = take(reader, chunkCount * chunk.length);
  expect((await rest).length).toBe(chunkCount * chunk.length);
  writer.destroy();
});

describe("ends", () => {
  test("end() closes with code 1000, and ends the other side in order", async () => {
    const { client, accepted } = await connect();
    const closed = once(client, "close");
    const stream = webSocketStream(accepted).resume();
    const other = webSocketStream(client);

    stream.end("bye");

    expect(await buffer(other)).toEqual(Buffer.from("bye"));
    expect((await closed)[0]).toBe(1000);
    if (!stream.closed) await once(stream, "close");
  });

  test("end() finishes although the other side is not read", async () => {
    const [client, accepted] = await connectStreams();
    client.write(Buffer.alloc(4 * 1024 * 1024));

    accepted.end();

    await once(accepted, "finish");
    client.destroy();
  });

  test.for([1001, 1011, 4000])("a close by the peer with code %i breaks the stream", async (code) => {
    const { client, accepted } = await connect();
    const stream = webSocketStream(accepted);
    const broken = once(stream, "error");

    client.close(code, "because");

    await expect(broken).resolves.toMatchObject([
      { name: "WebSocketClosed", code, reason: "because", shouldRetry: true },
    ]);
  });

  test("a close without a code ends the stream", async () => {
    const { client, accepted } = await connect();
    const read = buffer(webSocketStream(accepted));

    client.close();

    expect(await read).toEqual(Buffer.alloc(0));
  });

  test("a cut breaks the stream", async () => {
    const { client, accepted } = await connect();
    const broken = once(webSocketStream(accepted), "error");

    client.terminate();

    await expect(broken).resolves.toMatchObject([{ name: "WebSocketClosed", code: 1006 }]);
  });

  test("a text message breaks the stream", async () => {
    const { client, accepted } = await connect();
    const broken = once(webSocketStream(accepted), "error");

    client.send("text");

    await expect(broken).resolves.toMatchObject([{ name: "WebSocketClosed", code: 1003 }]);
  });

  test("a message above the limit breaks the stream", async () => {
    const { client, accepted } = await connect();
    client.on("error", () => undefined);
    const broken = once(webSocketStream(accepted), "error");

    client.send(Buffer.alloc(maxMessageBytes + 1));

    await expect(broken).resolves.toMatchObject([{ code: "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH" }]);
  });

  test("destroy() cuts the connection", async () => {
    const { client, accepted } = await connect();
    client.on("error", () => undefined);
    const closed = once(client, "close");

    webSocketStream(accepted).destroy();

    expect((await closed)[0]).toBe(1006);
  });
});

describe("a socket that is still connecting", () => {
  test("is written to as soon as it is open", async () => {
    const accepted = once(server, "connection");
    const stream = webSocketStream(new WebSocket(url, { perMessageDeflate: false }));
    stream.end("early");

    expect(await buffer(webSocketStream((await accepted)[0] as WebSocket))).toEqual(Buffer.from("early"));
  });

  test("that is refused breaks the stream once, with the reason", async () => {
    const errors: Error[] = [];
    const stream = webSocketStream(new WebSocket(url.replace(/\d+$/, "1")));
    stream.on("error", (error) => errors.push(error));

    await new Promise((resolve) => stream.once("close", resolve));

    expect(errors).toMatchObject([{ code: "ECONNREFUSED" }]);
  });
});

test("this version of ws has the internals that spare the copies", async () => {
  const { client, accepted } = await connect();

  expect(divertPayload(accepted, { maxFrameBytes: 1, onPayload: () => undefined })).toBe(true);
  expect(divertPayload(client, { maxFrameBytes: 1, onPayload: () => undefined })).toBe(true);
  client.terminate();
});

test("masks are left out only where nobody reads along", () => {
  const isMasked = (address: string) => clientSocketOptions(address).generateMask === undefined;
  expect(isMasked("ws://example.com/x")).toBe(true);
  expect(isMasked("wss://example.com/x")).toBe(false);
  expect(isMasked("ws://127.0.0.1:3000")).toBe(false);
  expect(isMasked("http://localhost:3000")).toBe(false);
  expect(new WebSocketClosed(1006, "").message).toBe("The WebSocket was cut.");
  expect(new WebSocketClosed(1008, "It ended.").message).toBe("The WebSocket was closed with code 1008: It ended.");
});

function turn(): Promise<void> {
  return systemClock.sleep(0);
}
