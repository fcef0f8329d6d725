import { once } from "node:events";
import { systemClock } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { describe, expect, test } from "vitest";
import { memoryPair } from "../bytes/memory-pair.ts";
import { RawCall } from "../testing/raw-call.ts";
import { createDrpcClient } from "./client.ts";
import { encodeError } from "./error-packet.ts";
import { DrpcError } from "./errors.ts";
import { maxPacketBytes } from "./frame.ts";

const path = "/test.Service/Method";

/** A client, and the callee's side of the next call it makes. */
function client() {
  const clock = new FakeClock();
  const [ours, theirs] = memoryPair({ chop: (left) => Math.ceil(left / 2) });
  const callee = new RawCall(theirs);
  return { client: createDrpcClient({ open: () => ours, clock }), callee, clock, ours };
}

describe("a unary call", () => {
  test("says invoke, message and close-send, and ends with close and FIN", async () => {
    const { client: drpc, callee } = client();
    const answer = drpc.unary(path, Buffer.from("hi"));
    await callee.heard(3);
    callee.say("message", "ho").say("closeSend");
    expect(await answer).toEqual(Buffer.from("ho"));
    await callee.heard(5);

    expect(callee.seen).toEqual([
      ["invoke 1", path],
      ["message 2", "hi"],
      ["closeSend 3", ""],
      ["close 4", ""],
      ["fin", ""],
    ]);
  });

  test("is over for the caller with its message; what comes late is dropped", async () => {
    const { client: drpc, callee, ours } = client();
    const answer = drpc.unary(path, Buffer.from("hi"));
    callee.say("message", "ho");
    await answer;

    callee
      .say("closeSend")
      .say("message", "again")
      .say("error", "\0\0\0\0\0\0\0\0late")
      .stream.end(Buffer.from([0xff]));
    await once(ours, "close");

    expect(ours.errored).toBeNull();
  });

  test("fails with the callee's error", async () => {
    const { client: drpc, callee } = client();
    const answer = drpc.unary(path, Buffer.from("hi"));
    callee.say("error", encodeError(new DrpcError("not known", { code: 12n })));

    await expect(answer).rejects.toMatchObject({
      name: "DrpcError",
      code: 12n,
      message: "not known",
      isUnimplemented: true,
    });
    await callee.heard(5);
    expect(callee.seen.at(-1)).toEqual(["fin", ""]);
  });

  test.for<[string, (callee: RawCall) => void]>([
    ["close-send", (callee) => callee.say("closeSend")],
    ["close", (callee) => callee.say("close")],
    ["FIN", (callee) => callee.stream.end()],
  ])("that ends without an answer, by %s, fails and may be made again", async ([, end]) => {
    const { client: drpc, callee } = client();
    const answer = drpc.unary(path, Buffer.from("hi"));
    end(callee);

    await expect(answer).rejects.toMatchObject({
      name: "HearthError",
      shouldRetry: true,
      message: expect.stringContaining(path),
    });
  });

  test("whose callee breaks the rules fails and is reset", async () => {
    const { client: drpc, callee } = client();
    const answer = drpc.unary(path, Buffer.from("hi"));
    callee.stream.write(Buffer.from([0x7f, 1, 1, 0]));

    await expect(answer).rejects.toMatchObject({ name: "DrpcProtocolError" });
    await callee.heard(4);
    expect(callee.seen.at(-1)?.[0]).toBe("reset");
  });

  test("whose connection breaks fails with the reason", async () => {
    const { client: drpc, ours } = client();
    const answer = drpc.unary(path, Buffer.from("hi"));
    ours.destroy(new Error("cut"));

    await expect(answer).rejects.toThrow("cut");
  });

  test("can be given up: the stream is reset, and the reason is the signal's", async () => {
    const { client: drpc, callee } = client();
    const stop = new AbortController();
    const answer = drpc.unary(path, Buffer.from("hi"), { signal: stop.signal });
    await callee.heard(3);
    stop.abort(new Error("never mind"));

    await expect(answer).rejects.toThrow("never mind");
    await callee.heard(4);
    expect(callee.seen.at(-1)?.[0]).toBe("reset");
  });

  test("takes no stream when it was given up before", async () => {
    const drpc = createDrpcClient({ open: () => expect.unreachable(), clock: systemClock });

    await expect(drpc.unary(path, Buffer.alloc(0), { signal: AbortSignal.abort(new Error("no")) })).rejects.toThrow(
      "no",
    );
  });

  test("fails when it takes longer than it may, and leaves no timer", async () => {
    const { client: drpc, clock, callee } = client();
    const answer = drpc.unary(path, Buffer.from("hi"), { timeoutMs: 5000 });
    const failed = expect(answer).rejects.toMatchObject({ name: "TimeoutError" });
    await callee.heard(3);

    await clock.advance(5000);

    await failed;
    expect(clock.pending()).toEqual([]);
  });

  test("that is answered in time leaves no timer", async () => {
    const { client: drpc, clock, callee } = client();
    const answer = drpc.unary(path, Buffer.from("hi"), { timeoutMs: 5000 });
    callee.say("message", "ho");
    await answer;

    expect(clock.pending()).toEqual([]);
  });

  test("carries 4 MiB each way, and not a byte more", async () => {
    const { client: drpc, callee } = client();
    const answer = drpc.unary(path, Buffer.alloc(maxPacketBytes, 1));
    callee.say("message", Buffer.alloc(maxPacketBytes, 2));
    expect((await answer).equals(Buffer.alloc(maxPacketBytes, 2))).toBe(true);

    const { client: other } = client();
    await expect(other.unary(path, Buffer.alloc(maxPacketBytes + 1))).rejects.toMatchObject({
      name: "DrpcProtocolError",
    });
  });
});

describe("a streaming call", () => {
  test("carries messages both ways; the callee's close ends it, FIN answers", async () => {
    const { client: drpc, callee } = client();
    const call = drpc.stream(path);
    await call.send(Buffer.from("a"));
    await call.send(Buffer.from("b"));
    call.closeSend();
    callee.say("message", "x").say("message", "y").say("close").stream.end();
    const seen: string[] = [];
    for await (const message of call.messages) seen.push(message.toString());
    await callee.heard(5);

    expect(seen).toEqual(["x", "y"]);
    expect(callee.seen).toEqual([
      ["invoke 1", path],
      ["message 2", "a"],
      ["message 3", "b"],
      ["closeSend 4", ""],
      ["fin", ""],
    ]);
    await expect(call.send(Buffer.from("c"))).rejects.toThrow("over");
  });

  test("can be closed by the caller: close and FIN, and its messages end", async () => {
    const { client: drpc, callee } = client();
    const call = drpc.stream(path);
    callee.say("message", "x");
    for await (const _message of call.messages) call.close();
    await callee.heard(3);

    expect(callee.seen).toEqual([
      ["invoke 1", path],
      ["close 2", ""],
      ["fin", ""],
    ]);
  });

  test("that the callee ends with FIN alone ends, and close and FIN answer", async () => {
    const { client: drpc, callee } = client();
    const call = drpc.stream(path);
    callee.stream.end();
    for await (const _message of call.messages) expect.unreachable();
    await callee.heard(3);

    expect(callee.seen.map(([what]) => what)).toEqual(["invoke 1", "close 2", "fin"]);
  });

  test("gives the callee's error after the messages before it", async () => {
    const { client: drpc, callee } = client();
    const call = drpc.stream(path);
    callee.say("message", "x").say("error", encodeError(new DrpcError("enough", { code: 3n })));
    const seen: string[] = [];
    const iterated = (async () => {
      for await (const message of call.messages) seen.push(message.toString());
    })();

    await expect(iterated).rejects.toMatchObject({ code: 3n, message: "enough" });
    expect(seen).toEqual(["x"]);
  });

  test("that is given up is reset, and its messages end with the reason", async () => {
    const { client: drpc, callee } = client();
    const stop = new AbortController();
    const call = drpc.stream(path, { signal: stop.signal });
    await callee.heard(1);
    stop.abort(new Error("never mind"));

    await expect(call.messages[Symbol.asyncIterator]().next()).rejects.toThrow("never mind");
    await expect(call.send(Buffer.from("x"))).rejects.toThrow("never mind");
    await callee.heard(2);
    expect(callee.seen.at(-1)?.[0]).toBe("reset");
  });

  test("holds the callee back while its messages are not taken", async () => {
    const { client: drpc, callee } = client();
    const call = drpc.stream(path);
    for (let count = 0; count < 100; count++) callee.say("message", Buffer.alloc(30_000));
    callee.say("close");
    for (let turns = 0; turns < 20; turns++) await systemClock.sleep(0);
    expect(callee.stream.writableLength).toBeGreaterThan(2_500_000);

    let count = 0;
    for await (const _message of call.messages) count++;

    expect(count).toBe(100);
  });

  test("waits with sending until the callee reads, and fails when it is cut instead", async () => {
    const [ours, theirs] = memoryPair();
    const drpc = createDrpcClient({ open: () => ours, clock: systemClock });
    theirs.on("error", () => undefined);
    const call = drpc.stream(path);
    const sent = call.send(Buffer.alloc(200_000));
    const failed = expect(sent).rejects.toThrow();
    await systemClock.sleep(0);

    theirs.destroy();

    await failed;
  });
});
