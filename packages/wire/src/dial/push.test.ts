import type { Duplex } from "node:stream";
import { expect, test } from "vitest";
import type { Manifest } from "../gen/agent_pb.ts";
import { sessionWithRawPeer, SessionPair } from "../testing/session-pair.ts";
import { frameFlags } from "../yamux/frame.ts";
import { acceptDials } from "./accept-dial.ts";
import { DialRefused } from "./errors.ts";
import { agentPorts } from "./header.ts";
import { acceptPush, pushManifest } from "./push.ts";

const deadlineMs = 10_000;

/** A server and an agent that takes manifests. */
class Pushed extends SessionPair {
  readonly taken: Manifest[] = [];
  readonly ports: number[] = [];
  readonly #accepting: Promise<void>;

  constructor(take?: (manifest: Manifest) => Promise<void>, chop = (left: number): number => left) {
    super({ pair: { chop } });
    const accept = (stream: Duplex) =>
      void acceptPush(stream, take ?? (async (manifest) => void this.taken.push(manifest)), {
        deadlineMs,
        clock: this.clock,
      });
    const handler = async ({ port }: { port: number }) => {
      this.ports.push(port);
      return accept;
    };
    this.#accepting = acceptDials(this.client, handler, this);
  }

  push(workspaceName: string): Promise<void> {
    return pushManifest(this.server, { workspaceName }, { deadlineMs, clock: this.clock });
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.#accepting;
  }
}

test.for([1, 3, 1000])("a manifest is told, bytes coming %i at a time, and leaves no stream", async (size) => {
  await using pushed = new Pushed(undefined, () => size);

  await pushed.push("dev");
  await pushed.push("x".repeat(2000));

  expect(pushed.taken.map(({ workspaceName }) => workspaceName.length)).toEqual([3, 2000]);
  expect(pushed.ports).toEqual([agentPorts.push, agentPorts.push]);
  await pushed.clock.advance(0);
  expect([pushed.client.streamCount, pushed.server.streamCount]).toEqual([0, 0]);
});

test("one longer than a window is told whole", async () => {
  await using pushed = new Pushed();

  await pushed.push("x".repeat(1_000_000));

  expect(pushed.taken[0]?.workspaceName).toHaveLength(1_000_000);
});

test("it is told when it is taken, not when it has arrived", async () => {
  const taking = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  await using pushed = new Pushed(async () => {
    arrived.resolve();
    await taking.promise;
  });
  let isTold = false;
  const telling = pushed.push("dev").then(() => (isTold = true));
  await arrived.promise;
  expect(isTold).toBe(false);

  taking.resolve();
  await telling;
});

test("an agent that cannot take it says so; one that takes too long is given up", async () => {
  await using failing = new Pushed(() => Promise.reject(new Error("no")));
  await expect(failing.push("dev")).rejects.toMatchObject({ name: "DialProtocolError" });

  await using slow = new Pushed(() => new Promise(() => undefined));
  const telling = expect(slow.push("dev")).rejects.toMatchObject({ name: "TimeoutError" });
  await slow.clock.advance(deadlineMs);
  await telling;
});

test("an agent that knows no such port refuses", async () => {
  await using pair = new SessionPair();
  const accepting = acceptDials(pair.client, () => Promise.reject(new DialRefused("refused", "no")), pair);

  await expect(pushManifest(pair.server, {}, { deadlineMs, clock: pair.clock })).rejects.toMatchObject({
    name: "DialRefused",
  });
  await pair[Symbol.asyncDispose]();
  await accepting;
});

test("an agent of another make resets the stream, which is no support", async () => {
  const { session, peer, clock } = sessionWithRawPeer();
  const telling = pushManifest(session, {}, { deadlineMs, clock });
  await peer.heard(2);
  peer.say("windowUpdate", frameFlags.rst, 2);

  await expect(telling).rejects.toMatchObject({ name: "DialUnsupported" });
  session.destroy();
});
