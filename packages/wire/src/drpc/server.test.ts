import { silentLogger, systemClock } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memoryPair } from "../bytes/memory-pair.ts";
import { RawCall } from "../testing/raw-call.ts";
import { DrpcError } from "./errors.ts";
import { maxPacketBytes } from "./frame.ts";
import type { DrpcContext, DrpcHandler } from "./handlers.ts";
import { encodeMetadata } from "./invoke-metadata.ts";
import { serveDrpc } from "./server.ts";

const path = "/test.Service/Method";

function served(handler?: DrpcHandler, log = silentLogger): { call: RawCall; done: Promise<void> } {
  const [ours, theirs] = memoryPair({ chop: (left) => Math.ceil(left / 2) });
  const done = serveDrpc(ours, new Map(handler ? [[path, handler]] : []), { clock: new FakeClock(), log });
  return { call: new RawCall(theirs), done };
}

function unary(handle: (request: Buffer, context: DrpcContext) => Promise<Uint8Array>): DrpcHandler {
  return { kind: "unary", handle };
}

const echo = unary(async (request) => request);

describe("a unary call", () => {
  test("is answered by message and close-send; FIN answers the caller's close and FIN", async () => {
    const { call, done } = served(echo);
    call.say("invoke", path).say("message", "hi").say("closeSend");
    await call.heard(2);
    expect(call.seen).toEqual([
      ["message 1", "hi"],
      ["closeSend 2", ""],
    ]);

    call.say("close").stream.end();
    await done;
    await call.heard(3);

    expect(call.seen.at(-1)).toEqual(["fin", ""]);
  });

  test("is answered as soon as its request is there", async () => {
    const { call } = served(echo);

    call.say("invoke", path).say("message", "hi");
    await call.heard(2);

    expect(call.seen[0]).toEqual(["message 1", "hi"]);
  });

  test("is answered although the caller has ended its side", async () => {
    const { promise, resolve } = Promise.withResolvers<Buffer>();
    const { call, done } = served(unary(() => promise));
    call.say("invoke", path).say("message", "hi").say("closeSend").stream.end();
    await systemClock.sleep(0);

    resolve(Buffer.from("late"));
    await call.heard(3);

    expect(call.seen.map(([what]) => what)).toEqual(["message 1", "closeSend 2", "fin"]);
    await done;
  });

  test("without a request is answered with an error", async () => {
    const { call } = served(echo);
    call.say("invoke", path).say("closeSend");
    await call.heard(1);

    expect(call.seen[0]?.[0]).toBe("error 1");
  });

  test("of an unknown method is answered with unimplemented", async () => {
    const { call, done } = served();
    call.say("invoke", "/test.Service/Unknown").say("message").say("closeSend");
    await call.heard(1);

    expect(Buffer.from(call.seen[0]?.[1] ?? "")).toMatchObject(
      Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 0, 0, 12]), Buffer.from('Unknown method "/test.Service/Unknown".')]),
    );
    call.stream.end();
    await done;
  });

  test("knows what came before it", async () => {
    let metadata: ReadonlyMap<string, string> | undefined;
    const { call } = served(
      unary(async (request, context) => {
        metadata = context.metadata;
        return request;
      }),
    );
    call
      .say("invokeMetadata", encodeMetadata([["trace", "7"]]))
      .say("invoke", path)
      .say("message");
    await call.heard(2);

    expect(metadata).toEqual(new Map([["trace", "7"]]));
  });
});

describe("a handler that fails", () => {
  test("with a DrpcError answers with it", async () => {
    const { call } = served(unary(() => Promise.reject(new DrpcError("not now", { code: 7n }))));
    call.say("invoke", path).say("message");
    await call.heard(1);

    expect(call.seen).toEqual([["error 1", "\0\0\0\0\0\0\0\x07not now"]]);
  });

  test("with anything else answers without the details, which are logged", async () => {
    const logged: object[] = [];
    const log = { ...silentLogger, error: (fields: object) => void logged.push(fields) };
    const { call } = served(
      unary(() => Promise.reject(new Error("password=1234"))),
      log,
    );
    call.say("invoke", path).say("message");
    await call.heard(1);

    expect(call.seen).toEqual([["error 1", "\0\0\0\0\0\0\0\0internal error"]]);
    expect(logged).toMatchObject([{ method: path, err: { message: "password=1234" } }]);
  });

  test("with an answer that is too large answers with an error, and nothing else", async () => {
    const { call } = served(unary(async () => Buffer.alloc(maxPacketBytes + 1)));
    call.say("invoke", path).say("message");
    await call.heard(1);

    expect(call.seen.map(([what]) => what.split(" ")[0])).toEqual(["error"]);
  });

  test("because the caller has left logs nothing", async () => {
    const logged: object[] = [];
    const log = { ...silentLogger, error: (fields: object) => void logged.push(fields) };
    const { call, done } = served(
      unary((_request, { signal }) => aborted(signal)),
      log,
    );
    call.say("invoke", path).say("message");
    await systemClock.sleep(0);
    call.stream.destroy();
    await done;

    expect(logged).toEqual([]);
  });
});

/** Rejects when the signal aborts, as a handler that heeds it does. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

describe("a caller that leaves aborts its handler", () => {
  test.for<[string, (call: RawCall) => void]>([
    ["cancel", (call) => call.say("cancel")],
    ["close", (call) => call.say("close")],
    ["an error of its own", (call) => call.say("error", "\0\0\0\0\0\0\0\0sorry")],
    ["a cut", (call) => call.stream.destroy()],
    ["bytes that break the rules", (call) => call.stream.write(Buffer.from([0xff, 0, 0, 0]))],
    ["a second invoke", (call) => call.say("invoke", path)],
  ])("by %s", async ([, leave]) => {
    let reason: unknown;
    const { call, done } = served(
      unary(async (request, { signal }) => {
        await aborted(signal).catch((error: unknown) => (reason = error));
        return request;
      }),
    );
    call.say("invoke", path).say("message");
    await systemClock.sleep(0);

    leave(call);
    if (!call.stream.destroyed) call.stream.end();
    await done;

    expect(reason).toBeInstanceOf(Error);
    expect(call.seen.filter(([what]) => what.startsWith("message"))).toEqual([]);
  });
});

describe("a streaming call", () => {
  const doubling: DrpcHandler = {
    kind: "stream",
    async handle({ messages, send }) {
      for await (const message of messages) {
        await send(message);
        await send(message);
      }
    },
  };

  test("carries messages both ways and ends with close, and with FIN after the caller's", async () => {
    const { call, done } = served(doubling);
    call.say("invoke", path).say("message", "a").say("message", "b").say("closeSend");
    await call.heard(5);
    call.stream.end();
    await call.heard(6);

    expect(call.seen).toEqual([
      ["message 1", "a"],
      ["message 2", "a"],
      ["message 3", "b"],
      ["message 4", "b"],
      ["close 5", ""],
      ["fin", ""],
    ]);
    await done;
  });

  test("that the caller ends with FIN alone is answered with FIN alone", async () => {
    let reason: unknown;
    const { call, done } = served({
      kind: "stream",
      async handle({ send }, { signal }) {
        await send(Buffer.from("map"));
        await aborted(signal).catch((error: unknown) => (reason = error));
      },
    });
    call.say("invoke", path).say("message").say("closeSend");
    await call.heard(1);

    call.stream.end();
    await done;
    await call.heard(2);

    expect(call.seen).toEqual([
      ["message 1", "map"],
      ["fin", ""],
    ]);
    expect(reason).toBeInstanceOf(Error);
  });

  test("ends with an error, and with FIN after the caller's, when its handler fails", async () => {
    const { call } = served({ kind: "stream", handle: () => Promise.reject(new DrpcError("no")) });
    call.say("invoke", path);
    await call.heard(1);
    call.stream.end();
    await call.heard(2);

    expect(call.seen.map(([what]) => what)).toEqual(["error 1", "fin"]);
  });

  test("lets the caller's later messages wait when its handler does not take them", async () => {
    const { promise: mayRead, resolve } = Promise.withResolvers<void>();
    const sizes: number[] = [];
    const { call, done } = served({
      kind: "stream",
      async handle({ messages }) {
        await mayRead;
        for await (const message of messages) sizes.push(message.length);
      },
    });
    call.say("invoke", path);
    for (let count = 0; count < 100; count++) call.say("message", Buffer.alloc(30_000));
    call.say("closeSend");
    for (let turns = 0; turns < 20; turns++) await systemClock.sleep(0);
    expect(call.stream.writableLength).toBeGreaterThan(2_500_000);

    resolve();
    await call.heard(1);
    call.stream.end();
    await done;

    expect(sizes).toEqual(Array.from({ length: 100 }, () => 30_000));
  });

  test("sees the caller's end although its handler stopped taking messages", async () => {
    const { call, done } = served({
      kind: "stream",
      async handle({ messages }, { signal }) {
        for await (const _first of messages) break;
        await aborted(signal).catch(() => undefined);
      },
    });
    call.say("invoke", path);
    for (let count = 0; count < 100; count++) call.say("message", Buffer.alloc(30_000));
    call.stream.end();

    await done;
  });

  test("refuses to send when it is over", async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const { call } = served({
      kind: "stream",
      async handle({ send }, { signal }) {
        await aborted(signal).catch(() => undefined);
        await send(Buffer.from("too late")).catch(resolve);
      },
    });
    call.say("invoke", path);
    await systemClock.sleep(0);
    call.stream.destroy();

    expect(await promise).toBeInstanceOf(Error);
  });
});

test("a stream that ends before anything was invoked is over", async () => {
  const { call, done } = served(echo);
  call.stream.end();

  await done;
});

test("a message before its invoke resets the stream", async () => {
  const { call, done } = served(echo);
  call.say("message", "x");
  await done;
  await call.heard(1);

  expect(call.seen).toEqual([["reset", "Error"]]);
});

test("random bytes never make serving reject", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (bytes) => {
      const { call, done } = served(echo);
      call.stream.end(bytes);

      await expect(done).resolves.toBeUndefined();
    }),
  );
});
