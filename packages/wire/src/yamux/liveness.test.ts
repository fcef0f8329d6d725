import { once } from "node:events";
import { systemClock } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { describe, expect, test } from "vitest";
import { memoryPair } from "../bytes/memory-pair.ts";
import { RawPeer } from "../testing/raw-peer.ts";
import { SessionPair, sessionWithRawPeer } from "../testing/session-pair.ts";
import { frameFlags } from "./frame.ts";
import { YamuxSession } from "./session.ts";

const { syn, ack } = frameFlags;

describe("keep-alive", () => {
  test("a half-open peer is noticed: one ping every 30 s, and 10 s for its answer", async () => {
    const { session, peer, clock } = sessionWithRawPeer();
    const stream = session.open();
    const broken = once(stream, "error");
    await clock.advance(29_999);
    expect(peer.seen).toHaveLength(1); // the SYN
    await clock.advance(1);
    expect(peer.seen[1]).toMatchObject({ type: 2, flags: syn, streamId: 0, length: 0 });
    await clock.advance(9_999);
    expect(session.isOver).toBe(false);

    await clock.advance(1);

    expect(await session.closed).toMatchObject({
      kind: "timed_out",
      error: { name: "SessionEnded", shouldRetry: true },
    });
    await expect(broken).resolves.toMatchObject([{ name: "SessionEnded", kind: "timed_out" }]);
    expect(clock.pending()).toEqual([]);
  });

  test("sessions that answer stay, for hours", async () => {
    await using pair = new SessionPair();
    await pair.clock.advance(4 * 3_600_000);

    expect([pair.client.isOver, pair.server.isOver]).toEqual([false, false]);
  });

  test("pings count up from 0 on each side, the caller's and the keep-alive's together", async () => {
    const { session, peer, clock } = sessionWithRawPeer();
    const first = session.ping();
    await peer.heard(1);
    await clock.advance(7);
    peer.say("ping", ack, 0, 0);
    expect(await first).toBe(7);
    await clock.advance(30_000);
    await peer.heard(2);

    expect(peer.seen.map(({ length }) => length)).toEqual([0, 1]);
    session.destroy();
  });

  test("a peer's ping is answered with its value", async () => {
    const { session, peer } = sessionWithRawPeer();
    peer.say("ping", syn, 0, 0xfeed_beef);
    await peer.heard(1);

    expect(peer.seen).toMatchObject([{ type: 2, flags: ack, streamId: 0, length: 0xfeed_beef }]);
    session.destroy();
  });

  test("a ping can be given up; its answer is dropped then", async () => {
    const { session, peer } = sessionWithRawPeer();
    const stop = new AbortController();
    const pinged = session.ping({ signal: stop.signal });
    stop.abort(new Error("no time"));

    await expect(pinged).rejects.toThrow("no time");
    peer.say("ping", ack, 0, 0);
    peer.say("ping", ack, 0, 77);
    await systemClock.sleep(0);
    expect(session.isOver).toBe(false);
    session.destroy();
  });
});

describe("a write that does not move", () => {
  test("ends the session after 10 s", async () => {
    const { session, clock } = sessionWithRawPeer({ hears: false });
    session.open().write(Buffer.alloc(250_000));
    await clock.asleep("yamux write timeout");
    await clock.advance(9_999);
    expect(session.isOver).toBe(false);

    await clock.advance(1);

    expect((await session.closed).kind).toBe("timed_out");
    expect(clock.pending()).toEqual([]);
  });

  test("does not end it while it moves a little", async () => {
    const clock = new FakeClock();
    // The peer takes one frame whenever it is asked to.
    const [one, two] = memoryPair({ highWaterMarkBytes: 1 });
    const session = new YamuxSession(one, { role: "client", clock, keepAliveIntervalMs: 3_600_000 });
    const stream = session.open();
    for (let count = 0; count < 4; count++) stream.write(Buffer.alloc(64_000));
    two.on("error", () => undefined); // the cut at the end
    two.once("readable", () => undefined); // asks for a first piece
    for (let minute = 0; minute < 3; minute++) {
      await clock.advance(9_000);
      two.read();
      await clock.advance(0);
      expect(session.isOver).toBe(false);
    }

    two.resume();
    await clock.advance(60_000);

    expect(session.isOver).toBe(false);
    session.destroy();
  });

  test("and answers owed to a peer that does not read them end it at 1 MiB", async () => {
    const { session, peer } = sessionWithRawPeer({ hears: false });
    for (let count = 0; count < 120_000 && !session.isOver; count++) {
      peer.say("ping", syn, 0, count);
      if (count % 1000 === 0) await systemClock.sleep(0);
    }

    expect((await session.closed).kind).toBe("overrun");
  });
});

test("an idle session has one timer, a busy one two", async () => {
  const { session, peer, clock } = sessionWithRawPeer();
  expect(clock.pending()).toHaveLength(1);
  session.open().write("x");
  await peer.heard(2);
  expect(clock.pending()).toHaveLength(2);

  await clock.advance(10_000);

  expect(clock.pending()).toHaveLength(1);
  expect(peer).toBeInstanceOf(RawPeer);
  session.destroy();
});
