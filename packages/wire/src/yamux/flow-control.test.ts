import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { systemClock } from "@hearth/base";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SessionPair, sessionWithRawPeer } from "../testing/session-pair.ts";
import { frameFlags, initialCreditBytes } from "./frame.ts";
import type { YamuxStream } from "./stream.ts";

const { syn } = frameFlags;
const largestWindowBytes = 1024 * 1024;

/** One stream, both ends of it. */
async function openStream(pair: SessionPair): Promise<{ ours: YamuxStream; theirs: YamuxStream }> {
  const ours = pair.client.open();
  const { value: theirs } = await pair.server.incoming().next();
  if (!theirs) throw new Error("The session has ended.");
  return { ours, theirs };
}

/** Lets everything that is ready run, until nothing moves any more. */
async function settle(stream: YamuxStream): Promise<void> {
  for (let before = -1; before !== stream.unreadBytes;) {
    before = stream.unreadBytes;
    for (let turns = 0; turns < 5; turns++) await systemClock.sleep(0);
  }
}

/** How a reader that does as it likes takes bytes; each gives how many it took. */
const readers = {
  all: (stream: YamuxStream) => (stream.read() as Buffer | null)?.length ?? 0,
  some: (stream: YamuxStream) => (stream.read(1 + (stream.readableLength >> 1)) as Buffer | null)?.length ?? 0,
  byte: (stream: YamuxStream) => (stream.read(1) as Buffer | null)?.length ?? 0,
  nearlyAll: (stream: YamuxStream) => (stream.read(250_000) as Buffer | null)?.length ?? 0,
  nothing: () => 0,
} satisfies Record<string, (stream: YamuxStream) => number>;

test("credit is never exceeded and never lost, whatever is written and however it is read", async () => {
  const step = fc.record({
    write: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 400_000 })),
    read: fc.constantFrom(...(Object.keys(readers) as (keyof typeof readers)[])), // the keys of a literal
    times: fc.integer({ min: 1, max: 8 }),
  });
  const chop = fc.option(fc.integer({ min: 100, max: 50_000 }), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 15 }), chop, async (steps, size) => {
      await using pair = new SessionPair({ pair: size === undefined ? {} : { chop: () => size } });
      const { ours, theirs } = await openStream(pair);
      let written = 0;
      let read = 0;
      for (const { write, read: how, times } of steps) {
        if (write > 0) ours.write(Buffer.alloc(write));
        written += write;
        for (let time = 0; time < times; time++) {
          read += readers[how](theirs);
          await systemClock.sleep(0);
          expect(theirs.receiveCreditBytes).toBeGreaterThanOrEqual(0);
          expect(theirs.unreadBytes).toBeLessThanOrEqual(largestWindowBytes);
        }
      }
      theirs.on("data", (chunk: Buffer) => (read += chunk.length));
      while (read < written) await systemClock.sleep(0);
      await settle(theirs);

      expect(read).toBe(written);
      expect(ours.sendCreditBytes).toBe(theirs.receiveCreditBytes);
      expect(theirs.receiveCreditBytes).toBeGreaterThan(initialCreditBytes / 2);
    }),
    { numRuns: 40 },
  );
});

test("every byte arrives in its place, with many streams at once", async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(sizes, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 50, max: 70_000 }),
      async (streams, size) => {
        await using pair = new SessionPair({
          pair: { chop: () => size },
          server: { onStream: (stream) => void stream.pipe(stream) },
        });
        const echoes = streams.map(async (chunkSizes, index) => {
          const sent = Buffer.concat(chunkSizes.map((length, part) => Buffer.alloc(length, index * 16 + part)));
          const stream = pair.client.open();
          let offset = 0;
          for (const length of chunkSizes) stream.write(sent.subarray(offset, (offset += length)));
          stream.end();
          return (await buffer(stream)).equals(sent);
        });

        expect(await Promise.all(echoes)).toEqual(streams.map(() => true));
      },
    ),
    { numRuns: 20 },
  );
});

describe("a stream that nobody reads", () => {
  test("holds no more than its credit, and holds the writer back", async () => {
    await using pair = new SessionPair();
    const { ours, theirs } = await openStream(pair);
    for (let count = 0; count < 100; count++) ours.write(Buffer.alloc(65_536));
    await settle(theirs);

    expect(theirs.unreadBytes).toBe(initialCreditBytes);
    expect(ours.sendCreditBytes).toBe(0);
    expect(ours.writableLength).toBeGreaterThanOrEqual(100 * 65_536 - initialCreditBytes);
    ours.destroy();
  });

  test("blocks no other", async () => {
    await using pair = new SessionPair();
    const incoming = pair.server.incoming();
    const ours = pair.client.open();
    ours.write(Buffer.alloc(1_000_000));
    await incoming.next();
    const other = pair.client.open();
    other.end("through");
    const { value: accepted } = await incoming.next();

    expect(accepted && (await buffer(accepted))).toEqual(Buffer.from("through"));
    ours.destroy();
  });

  test("and many like it hold no more than the sum of their credits", async () => {
    await using pair = new SessionPair();
    const incoming = pair.server.incoming();
    const streams: YamuxStream[] = [];
    for (let count = 0; count < 20; count++) {
      pair.client.open().write(Buffer.alloc(300_000));
      const { value } = await incoming.next();
      if (value) streams.push(value);
    }
    for (const stream of streams) await settle(stream);

    expect(streams.map(({ unreadBytes }) => unreadBytes)).toEqual(streams.map(() => initialCreditBytes));
  });

  test("gets no more credit, also when its first chunk was looked at", async () => {
    const { session, peer } = sessionWithRawPeer();
    peer.say("windowUpdate", syn, 1);
    const { value: stream } = await session.incoming().next();
    peer.sayData(1, Buffer.alloc(200_000));
    peer.sayData(1, Buffer.alloc(62_144));
    if (!stream) throw new Error("The session has ended.");
    await once(stream, "readable");
    await settle(stream);

    expect(stream.unreadBytes).toBe(initialCreditBytes);
    expect(peer.seen).toHaveLength(1); // the ACK
    session.destroy();
  });
});

describe("credit", () => {
  test("is given back once half of it is used", async () => {
    const { session, peer } = sessionWithRawPeer({ onStream: (stream) => void stream.resume() });
    peer.say("windowUpdate", syn, 1);
    peer.sayData(1, Buffer.alloc(initialCreditBytes / 2 - 1));
    await systemClock.sleep(0);
    expect(peer.seen).toHaveLength(1);

    peer.sayData(1, Buffer.alloc(1));
    await peer.heard(2);

    expect(peer.seen[1]).toMatchObject({ type: 1, flags: 0, streamId: 1, length: initialCreditBytes / 2 });
    session.destroy();
  });

  test("grows with a stream that is read for megabytes, and stays there", async () => {
    await using pair = new SessionPair({ server: { onStream: (stream) => void stream.resume() } });
    const ours = pair.client.open();
    for (let count = 0; count < 400; count++) {
      if (!ours.write(Buffer.alloc(65_536))) await once(ours, "drain");
    }
    await settle(ours);

    expect(ours.sendCreditBytes).toBeGreaterThan(largestWindowBytes / 2);
    expect(ours.sendCreditBytes).toBeLessThanOrEqual(largestWindowBytes);
  });

  test("beyond a window is used by the writer", async () => {
    const { session, peer } = sessionWithRawPeer();
    const stream = session.open();
    stream.write(Buffer.alloc(300_000));
    await peer.heard(1 + 4);
    await systemClock.sleep(0);
    expect(stream.sendCreditBytes).toBe(0);

    peer.say("windowUpdate", 0, 2, 300_000 - initialCreditBytes);
    await peer.heard(1 + 4 + 1);

    const sent = peer.seen.reduce((sum, { payload }) => sum + payload.length, 0);
    expect(sent).toBe(300_000);
    session.destroy();
  });
});
