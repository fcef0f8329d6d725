import { systemClock } from "@hearth/base";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RawPeer } from "../testing/raw-peer.ts";
import { sessionWithRawPeer } from "../testing/session-pair.ts";
import type { YamuxSession } from "./session.ts";
import { frameFlags, initialCreditBytes } from "./frame.ts";

const { syn, ack, fin, rst } = frameFlags;

describe("a peer that breaks the rules is told so, and its session ends", () => {
  test.for<[string, (peer: RawPeer) => void]>([
    ["another version", (peer) => peer.transport.write(Buffer.from([1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]))],
    ["an unknown type", (peer) => peer.transport.write(Buffer.from([0, 9, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]))],
    ["data for stream 0", (peer) => peer.sayData(0, Buffer.from("x"))],
    ["a window update for stream 0", (peer) => peer.say("windowUpdate", 0, 0, 1)],
    ["a stream with an id of ours", (peer) => peer.say("windowUpdate", syn, 2)],
    [
      "a stream opened twice",
      (peer) => {
        peer.say("windowUpdate", syn, 1);
        peer.say("windowUpdate", syn, 1);
      },
    ],
    [
      "one byte more than the credit",
      (peer) => {
        peer.say("windowUpdate", syn, 1);
        peer.sayData(1, Buffer.alloc(initialCreditBytes));
        peer.sayData(1, Buffer.alloc(1));
      },
    ],
    [
      "a frame longer than the credit, before its payload comes",
      (peer) => {
        peer.say("windowUpdate", syn, 1);
        peer.say("data", 0, 1, initialCreditBytes + 1);
      },
    ],
    ["a late frame longer than any credit", (peer) => peer.say("data", 0, 7, 0xffff_ffff)],
    [
      "credit beyond 32 bits",
      (peer) => {
        peer.say("windowUpdate", syn, 1, 0xffff_ffff);
      },
    ],
  ])("%s", async ([, breakRule]) => {
    const { session, peer, clock } = sessionWithRawPeer();

    breakRule(peer);

    expect((await session.closed).kind).toBe("protocol_error");
    expect(peer.seen.at(-1)).toMatchObject({ type: 3, streamId: 0, length: 1 });
    await clock.advance(0);
    expect(clock.pending()).toEqual([]);
  });

  test("a go away with a code says that we broke them", async () => {
    const { session, peer } = sessionWithRawPeer();

    peer.say("goAway", 0, 0, 2);

    expect(await session.closed).toMatchObject({
      kind: "protocol_error",
      error: { message: expect.stringContaining("2") },
    });
  });
});

test("frames in an order that no peer would send neither crash a session nor make it hold more than its credits", async () => {
  const id = fc.integer({ min: 0, max: 12 });
  const flags = fc.constantFrom(0, syn, ack, fin, rst, syn | fin, syn | rst, 0xffff);
  const frame = fc.oneof(
    fc.record({ say: fc.constant("data" as const), id, flags, size: fc.integer({ min: 0, max: 200_000 }) }),
    fc.record({
      say: fc.constantFrom("windowUpdate" as const, "ping" as const),
      id,
      flags,
      size: fc.integer({ min: 0, max: 2 ** 20 }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { maxLength: 40 }), async (frames) => {
      const { session, peer } = sessionWithRawPeer();
      void readSome(session);
      for (const { say, id: streamId, flags: bits, size } of frames) {
        if (say === "data") peer.sayData(streamId, Buffer.alloc(size), bits);
        else peer.say(say, bits, streamId, size);
      }
      await systemClock.sleep(0);

      expect(session.streamCount).toBeLessThanOrEqual(6);
      session.destroy();
      await session.closed;
    }),
    { numRuns: 200 },
  );
});

/** Accepts every stream, and reads every other one. */
async function readSome(session: YamuxSession): Promise<void> {
  for await (const stream of session.incoming()) if (stream.id % 4 === 1) stream.resume();
}

test("random bytes end a session or do nothing, and nothing is thrown", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      const { session, peer } = sessionWithRawPeer();
      peer.transport.end(bytes);

      expect(["cut", "protocol_error", "closed_by_peer"]).toContain((await session.closed).kind);
    }),
  );
});
