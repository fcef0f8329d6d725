import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { Duplex, PassThrough } from "node:stream";
import { buffer } from "node:stream/consumers";
import { connect as connectTls } from "node:tls";
import { describe, expect, test } from "vitest";
import { systemClock, type Clock } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { recordingLogger } from "@hearth/base/recording-logger";
import { advertise, parseAddress } from "./address.ts";
import { RelayRefused, RelayUnreachable } from "./errors.ts";
import type { RelayRequest } from "./kinds.ts";
import { Relay, type Peer } from "./relay.ts";

const request: RelayRequest<"agent_dial"> = {
  agent_id: "00000000-0000-4000-8000-00000000000a",
  generation: 3,
  port: 22,
};
const idOf = (number: number) => `00000000-0000-4000-8000-00000000000${number}`;
const { signal } = new AbortController();

/** Two replicas of one deployment; the second answers with what `handler` connects. */
class Pair implements AsyncDisposable {
  readonly log = recordingLogger();
  readonly secret = randomBytes(32);
  readonly one: Relay;
  readonly two: Relay;

  private constructor(clock: Clock) {
    this.one = new Relay({ id: idOf(1), secret: this.secret, clock, log: this.log });
    this.two = new Relay({ id: idOf(2), secret: this.secret, clock, log: this.log });
  }

  static async open(
    handler: (request: RelayRequest<"agent_dial">, signal: AbortSignal) => Promise<Duplex>,
    clock: Clock = systemClock,
  ): Promise<Pair> {
    const pair = new Pair(clock);
    pair.two.serve("agent_dial", handler);
    await pair.two.listen({ host: "127.0.0.1", port: 0 });
    return pair;
  }

  get peer(): Peer {
    return { id: this.two.id, address: this.two.address };
  }

  dial(peer: Peer = this.peer): Promise<Duplex> {
    return this.one.open(peer, "agent_dial", request, { signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.one[Symbol.asyncDispose]();
    await this.two[Symbol.asyncDispose]();
  }
}

const echo = async () => await Promise.resolve(new PassThrough());

describe("a stream through another replica", () => {
  test("carries bytes both ways and half-closes", async () => {
    const asked: unknown[] = [];
    await using pair = await Pair.open(async (given) => {
      asked.push(given);
      return await Promise.resolve(
        Duplex.from(async function* (source: AsyncIterable<Buffer>) {
          const chunks: Buffer[] = [];
          for await (const chunk of source) chunks.push(chunk);
          yield Buffer.concat([...chunks, Buffer.from(" answered")]); // only after the asker's end
        }),
      );
    });
    const stream = await pair.dial();

    stream.end("question");

    expect((await buffer(stream)).toString("utf8")).toBe("question answered");
    expect(asked).toEqual([request]);
  });

  test("holds back who writes faster than the other side reads", async () => {
    await using pair = await Pair.open(async () => await Promise.resolve(new TakesNothing()));
    const stream = await pair.dial();
    const chunk = Buffer.alloc(65_536);

    let written = 0;
    while (written < 100 * chunk.length && stream.write(chunk)) written += chunk.length;

    expect(written).toBeLessThan(20 * chunk.length);
    stream.destroy();
  });

  test("is refused in the other's words, and by one that breaks without them", async () => {
    const failures = [new RelayRefused("denied", "not this port"), new Error("the password is hunter2")];
    await using pair = await Pair.open(() => Promise.reject(failures.shift() ?? new Error("more than two")));

    await expect(pair.dial()).rejects.toMatchObject({
      name: "RelayRefused",
      refusal: "denied",
      message: "not this port",
    });
    await expect(pair.dial()).rejects.toMatchObject({
      refusal: "failed",
      message: expect.not.stringContaining("hunter2"),
    });
  });

  test("is given up with its asker, on both sides", async () => {
    const left = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    await using pair = await Pair.open(async (_request, asker) => {
      asker.addEventListener("abort", () => left.resolve());
      arrived.resolve();
      return await new Promise<Duplex>(() => undefined);
    });
    const stop = new AbortController();
    const opening = pair.one.open(pair.peer, "agent_dial", request, { signal: stop.signal });
    await arrived.promise;

    stop.abort(new Error("the client left"));

    await expect(opening).rejects.toThrow("the client left");
    await left.promise;
  });

  test("breaks when the other replica is lost, and the next says that it cannot be reached", async () => {
    await using pair = await Pair.open(echo);
    const stream = await pair.dial();

    await pair.two[Symbol.asyncDispose]();

    await once(stream, "close").catch(() => undefined); // its error comes first
    expect(stream.errored).toMatchObject({ name: "SessionEnded" });
    await expect(pair.dial()).rejects.toBeInstanceOf(RelayUnreachable);
  });
});

describe("the connection to another replica", () => {
  test("is one for many streams, and closed when nobody has used it for a minute", async () => {
    const clock = new FakeClock();
    await using pair = await Pair.open(echo, clock);
    const streams = await Promise.all([pair.dial(), pair.dial(), pair.dial()]);
    expect(pair.two.callers).toBe(1);
    for (const stream of streams) stream.destroy();
    await Promise.all(streams.map((stream) => once(stream, "close")));

    await clock.asleep("relay-idle");
    await clock.advance(60_000);

    await expect.poll(() => pair.two.callers).toBe(0);
    const again = await pair.dial();
    again.write("still");
    expect(((await once(again, "data")) as [Buffer])[0].toString("utf8")).toBe("still");
    again.destroy();
  });

  test("is made to the replica that was meant, not to whoever has its address now", async () => {
    await using pair = await Pair.open(echo);

    await expect(pair.dial({ id: idOf(3), address: pair.two.address })).rejects.toBeInstanceOf(RelayUnreachable);
    await expect(pair.dial({ id: idOf(2), address: "" })).rejects.toBeInstanceOf(RelayUnreachable);
  });

  test("is refused to a replica of another deployment, and its key is never logged", async () => {
    await using pair = await Pair.open(echo);
    await using stranger = await Pair.open(echo);

    await expect(stranger.one.open(pair.peer, "agent_dial", request, { signal })).rejects.toBeInstanceOf(
      RelayUnreachable,
    );
    const logged = JSON.stringify(pair.log.lines);
    expect(logged).toContain("refused a stranger");
    for (const form of ["hex", "base64"] as const) expect(logged).not.toContain(pair.secret.toString(form));
  });
});

describe("whoever is no replica learns nothing at the replicas' address", () => {
  test("by HTTP, with whatever credentials", async () => {
    await using pair = await Pair.open(echo);
    const { host, port } = parseAddress(pair.two.address) ?? { host: "", port: 0 };
    const socket = connectTcp({ host, port });
    socket.write("GET / HTTP/1.1\r\nHost: x\r\nCoder-Session-Token: anything\r\n\r\n");

    const answer = await buffer(socket).catch(() => Buffer.alloc(0)); // reset

    // At most an alert of TLS: 7 bytes.
    expect(answer.length).toBeLessThan(8);
    expect(answer.toString("latin1")).not.toContain("HTTP");
  });

  test.for([
    ["a key of its own", { psk: randomBytes(32), identity: `${idOf(1)} ${idOf(2)}` }],
    ["no such name", { psk: randomBytes(32), identity: "root" }],
    ["no key", undefined],
  ] as const)("by TLS with %s", async ([, key]) => {
    await using pair = await Pair.open(echo);
    const { host, port } = parseAddress(pair.two.address) ?? { host: "", port: 0 };
    const socket = connectTls({
      host,
      port,
      rejectUnauthorized: false,
      ALPNProtocols: ["hearth-relay/1"],
      ...(key === undefined ? {} : { ciphers: "TLS_AES_128_GCM_SHA256", pskCallback: () => key }),
    });

    await expect(once(socket, "secureConnect")).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_SSL/) });
  });
});

test.for([
  ["127.0.0.1", "127.0.0.1"],
  ["0.0.0.0", "10.1.2.3"],
  ["::", "10.1.2.3"],
] as const)("who listens on %s is told to others as %s", ([host, told]) => {
  const of = (address: string, family: "IPv4" | "IPv6", internal = false) => ({
    address,
    family,
    internal,
    netmask: "",
    mac: "",
    cidr: null,
    ...(family === "IPv6" ? { scopeid: 0 } : {}),
  });
  const interfaces = {
    lo: [of("127.0.0.1", "IPv4", true)],
    eth0: [of("fe80::1", "IPv6"), of("fd00::1", "IPv6"), of("10.1.2.3", "IPv4")],
  };

  expect(advertise({ host, port: 7 }, interfaces as never)).toEqual({ host: told, port: 7 });
});

/** Takes nothing of what is written to it. */
class TakesNothing extends Duplex {
  override _read(): void {
    // says nothing
  }
  override _write(): void {
    // and is never done
  }
}

describe("what another replica is told", () => {
  const hint = { channel: "template", key: "t", message: {} };

  test("is done there when it resolves, and leaves no stream", async () => {
    await using pair = await Pair.open(echo);
    const heard: unknown[] = [];
    pair.two.serve("hint", async (given) => {
      await Promise.resolve();
      heard.push(given);
    });

    await pair.one.tell(pair.peer, "hint", hint, { signal });
    await pair.one.tell(pair.peer, "hint", { ...hint, key: "u" }, { signal });

    expect(heard).toEqual([hint, { ...hint, key: "u" }]);
    const stream = await pair.dial(); // the connection goes on
    stream.destroy();
  });

  test("is refused by one of a version that does not know it", async () => {
    await using pair = await Pair.open(echo);

    await expect(pair.one.tell(pair.peer, "hint", hint, { signal })).rejects.toMatchObject({ refusal: "failed" });
  });

  test("is lost with it, and says so", async () => {
    await using pair = await Pair.open(echo);
    pair.two.serve("hint", () => new Promise(() => undefined));
    const told = pair.one.tell(pair.peer, "hint", hint, { signal });
    void told.catch(() => undefined);
    await expect.poll(() => pair.two.callers).toBe(1);

    await pair.two[Symbol.asyncDispose]();

    await expect(told).rejects.toBeInstanceOf(RelayUnreachable);
  });
});
