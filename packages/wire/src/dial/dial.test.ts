import { once } from "node:events";
import type { Duplex } from "node:stream";
import { buffer } from "node:stream/consumers";
import { systemClock } from "@hearth/base";
import { describe, expect, test } from "vitest";
import { sessionWithRawPeer, SessionPair } from "../testing/session-pair.ts";
import { frameFlags } from "../yamux/frame.ts";
import { acceptDials } from "./accept-dial.ts";
import type { DialHandler, DialRequest } from "./accept-dial.ts";
import { dial } from "./dial.ts";
import type { DialOptions } from "./dial.ts";
import { DialRefused, dialRefusals } from "./errors.ts";
import { encodeDialHeader } from "./header.ts";

const { ack, rst } = frameFlags;

/** A server and an agent that answers dials like this. */
class Dialled extends SessionPair {
  readonly #accepting: Promise<void>;

  constructor(handler: DialHandler, chop = (left: number): number => left) {
    super({ pair: { chop } });
    this.#accepting = acceptDials(this.client, handler, this);
  }

  dial(options: Partial<DialOptions> = {}): Promise<Duplex> {
    return dial(this.server, { port: 22, clock: this.clock, ...options });
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.#accepting;
  }
}

const echo: DialHandler = async () => (connection) => void connection.pipe(connection);
const never: DialHandler = ({ signal }) =>
  new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

describe("a dial that connects", () => {
  test("is a byte stream that can be half closed", async () => {
    await using dialled = new Dialled(async () => (connection) => {
      void buffer(connection).then((question) => connection.end(`${question.toString()} answered`));
    });
    const connection = await dialled.dial();

    connection.end("question");

    expect(await buffer(connection)).toEqual(Buffer.from("question answered"));
    expect([dialled.client.streamCount, dialled.server.streamCount]).toEqual([0, 0]);
  });

  test("loses no byte that comes with the answer, or before anyone reads", async () => {
    await using dialled = new Dialled(async () => (connection) => void connection.end("banner"));
    const connection = await dialled.dial();
    for (let turns = 0; turns < 5; turns++) await systemClock.sleep(0);

    expect(await buffer(connection.end())).toEqual(Buffer.from("banner"));
  });

  test.for([1, 2, 3, 7])("works when bytes come %i at a time", async (size) => {
    await using dialled = new Dialled(echo, () => size);
    const connection = await dialled.dial({ reason: "test", deadlineMs: 1000 });

    connection.end("hello");

    expect(await buffer(connection)).toEqual(Buffer.from("hello"));
  });

  test("tells the agent what it is for", async () => {
    const seen: Partial<DialRequest>[] = [];
    await using dialled = new Dialled((request) => {
      seen.push(request);
      return echo(request);
    });
    (await dialled.dial({ port: 8080, reason: "port forward", deadlineMs: 4000 })).destroy();
    (await dialled.dial({ port: 1 })).destroy();

    expect(seen).toMatchObject([
      { port: 8080, reason: "port forward", deadlineMs: 4000 },
      { port: 1, reason: undefined, deadlineMs: 30_000 },
    ]);
  });

  test("outlives its deadline and the signal that it was dialled with", async () => {
    await using dialled = new Dialled(echo);
    const stop = new AbortController();
    const connection = await dialled.dial({ deadlineMs: 1000, signal: stop.signal });
    await dialled.clock.advance(5000);
    stop.abort();

    connection.end("still here");

    expect(await buffer(connection)).toEqual(Buffer.from("still here"));
  });

  test("holds what is not read back to one window", async () => {
    const agentEnd: Duplex[] = [];
    await using dialled = new Dialled(async () => (connection) => void agentEnd.push(connection));
    const connection = await dialled.dial();
    for (let count = 0; count < 100; count++) agentEnd[0]?.write(Buffer.alloc(65_536));
    for (let turns = 0; turns < 20; turns++) await systemClock.sleep(0);

    expect(agentEnd[0]?.writableLength).toBeGreaterThan(6_000_000);
    connection.destroy();
  });
});

describe("a dial that the agent refuses", () => {
  test.for(dialRefusals)("as %s says so, and leaves no stream", async (reason) => {
    await using dialled = new Dialled(() => Promise.reject(new DialRefused(reason, "no")));

    await expect(dialled.dial({ port: 7 })).rejects.toMatchObject({
      name: "DialRefused",
      reason,
      message: expect.stringContaining("7"),
    });
    await systemClock.sleep(0);
    expect([dialled.client.streamCount, dialled.server.streamCount]).toEqual([0, 0]);
  });

  test("may be made again when it is only early", () => {
    expect(dialRefusals.filter((reason) => new DialRefused(reason, "").shouldRetry)).toEqual(["refused", "not ready"]);
  });

  test("for a reason of its own is unreachable", async () => {
    await using dialled = new Dialled(() => Promise.reject(new Error("disk on fire")));

    await expect(dialled.dial()).rejects.toMatchObject({
      reason: "unreachable",
      message: expect.not.stringContaining("fire"),
    });
  });

  test("leaves no stream at the agent although the dialler has sent on, and only ends its side", async () => {
    await using dialled = new Dialled(() => Promise.reject(new DialRefused("denied", "no")));
    const stream = dialled.server.open();
    stream.write(encodeDialHeader({ port: 7, reason: undefined, deadlineMs: undefined }));
    stream.end(Buffer.alloc(400_000)); // more than the credit: its FIN comes only when this is read

    await Promise.all([once(stream, "finish"), once(stream.resume(), "end")]);
    await systemClock.sleep(0);

    expect(dialled.client.streamCount).toBe(0);
  });

  test("by resetting the stream, as another make does, is not supported", async () => {
    const { session, peer, clock } = sessionWithRawPeer();
    const dialling = dial(session, { port: 22, clock });
    await peer.heard(2);
    peer.say("windowUpdate", rst, 2);

    await expect(dialling).rejects.toMatchObject({ name: "DialUnsupported" });
    session.destroy();
  });

  test.for([
    ["an unknown answer", Buffer.from([9])],
    ["a refusal that is cut short", Buffer.from([1, 0, 7, 100])],
  ] as const)("with %s breaks the rules", async ([, answer]) => {
    const { session, peer, clock } = sessionWithRawPeer();
    const dialling = dial(session, { port: 22, clock });
    await peer.heard(2);
    peer.say("windowUpdate", ack, 2);
    peer.sayData(2, answer, frameFlags.fin);

    await expect(dialling).rejects.toMatchObject({ name: "DialProtocolError" });
    expect(session.streamCount).toBe(0);
    session.destroy();
  });
});

describe("a dial that takes too long", () => {
  test("ends at its deadline, and the agent's handler with it", async () => {
    const { promise: left, resolve } = Promise.withResolvers<unknown>();
    await using dialled = new Dialled((request) => {
      request.signal.addEventListener("abort", () => resolve(request.signal.reason));
      return never(request);
    });
    const dialling = dialled.dial({ deadlineMs: 1000 });
    const failed = expect(dialling).rejects.toMatchObject({ name: "TimeoutError" });

    await dialled.clock.advance(1000);

    await failed;
    expect(await left).toBeInstanceOf(Error);
    await systemClock.sleep(0);
    expect([dialled.client.streamCount, dialled.server.streamCount]).toEqual([0, 0]);
  });

  test("can be given up", async () => {
    await using dialled = new Dialled(never);
    const stop = new AbortController();
    const dialling = dialled.dial({ signal: stop.signal });
    await systemClock.sleep(0);
    stop.abort(new Error("never mind"));

    await expect(dialling).rejects.toThrow("never mind");
    await expect(dialled.dial({ signal: stop.signal })).rejects.toThrow("never mind");
  });

  test("fails with the session when that ends first", async () => {
    await using dialled = new Dialled(never);
    const dialling = dialled.dial();
    await systemClock.sleep(0);
    dialled.client.destroy();

    await expect(dialling).rejects.toMatchObject({ name: "SessionEnded" });
    await dialled.server.closed;
    await expect(dialled.dial()).rejects.toMatchObject({ name: "SessionEnded" });
  });
});

describe("the agent resets", () => {
  test.for([
    ["a stream that is no dial", Buffer.from("\x03\x01\x01/x")],
    ["a dial of another version", Buffer.from([0x48, 2, 0, 22, 0, 0])],
    ["a dial with broken details", Buffer.from([0x48, 1, 0, 22, 0, 1, 0x7b])],
  ] as const)("%s", async ([, bytes]) => {
    await using dialled = new Dialled(echo);
    const stream = dialled.server.open();
    const broken = once(stream, "error");
    stream.write(bytes);

    await expect(broken).resolves.toMatchObject([{ name: "StreamReset" }]);
  });

  test("a stream whose header does not come within 10 s", async () => {
    await using dialled = new Dialled(echo);
    const stream = dialled.server.open();
    stream.write(encodeDialHeader({ port: 22, reason: "x", deadlineMs: 1 }).subarray(0, 7));
    const broken = once(stream, "error");
    await dialled.clock.asleep("dial header");
    await dialled.clock.advance(10_000);

    await expect(broken).resolves.toMatchObject([{ name: "StreamReset" }]);
  });
});

test("a session that ends resets its connections, and both ends see it", async () => {
  const { promise: agentSaw, resolve } = Promise.withResolvers<Error>();
  await using dialled = new Dialled(async () => (connection) => void connection.on("error", resolve));
  const connection = await dialled.dial();
  const broken = once(connection, "error");

  dialled.server.destroy();

  await expect(broken).resolves.toMatchObject([{ name: "SessionEnded" }]);
  expect(await agentSaw).toMatchObject({ name: "SessionEnded" });
});
