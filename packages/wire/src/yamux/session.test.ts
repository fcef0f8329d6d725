import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { systemClock } from "@hearth/base";
import { describe, expect, test } from "vitest";
import { SessionPair, sessionWithRawPeer } from "../testing/session-pair.ts";
import { frameFlags, initialCreditBytes } from "./frame.ts";
import type { YamuxStream } from "./stream.ts";

const { syn, ack, fin, rst } = frameFlags;

/** The next stream the peer opens. */
async function next(streams: AsyncGenerator<YamuxStream, void, undefined>): Promise<YamuxStream> {
  const { value } = await streams.next();
  if (!value) throw new Error("The session has ended.");
  return value;
}

describe("streams", () => {
  test("carry bytes both ways and end each direction on its own", async () => {
    await using pair = new SessionPair();
    const opened = pair.client.open();
    opened.end("question");
    const accepted = await next(pair.server.incoming());
    expect(await buffer(accepted)).toEqual(Buffer.from("question"));

    accepted.end("answer");

    expect(await buffer(opened)).toEqual(Buffer.from("answer"));
    expect([pair.client.streamCount, pair.server.streamCount]).toEqual([0, 0]);
  });

  test("have odd ids on the side that dialled and even ones on the other", async () => {
    await using pair = new SessionPair();

    expect([pair.client.open().id, pair.client.open().id, pair.client.open().id]).toEqual([1, 3, 5]);
    expect([pair.server.open().id, pair.server.open().id]).toEqual([2, 4]);
  });

  test("are opened by a window update with SYN and no credit, and acknowledged by one with ACK", async () => {
    const { session, peer } = sessionWithRawPeer();
    const incoming = session.incoming();
    peer.say("windowUpdate", syn, 1);
    await next(incoming);
    session.open().write("x");
    await peer.heard(3);

    expect(peer.seen).toMatchObject([
      { type: 1, flags: ack, streamId: 1, length: 0 },
      { type: 1, flags: syn, streamId: 2, length: 0 },
      { type: 0, flags: 0, streamId: 2, length: 1 },
    ]);
    session.destroy();
  });

  test("leave with their first data and their end in one write", async () => {
    const writes: number[] = [];
    await using pair = new SessionPair({ pair: { chop: (left) => (writes.push(left), left) } });

    pair.client.open().end("hello");
    await next(pair.server.incoming());

    expect(writes[0]).toBe(12 + 12 + 5 + 12);
  });

  test("end by FIN on a window update without credit, after all data", async () => {
    const { session, peer } = sessionWithRawPeer();
    session.open().end("bye");
    await peer.heard(3);

    expect(peer.seen[2]).toMatchObject({ type: 1, flags: fin, streamId: 2, length: 0 });
    session.destroy();
  });

  test("take a FIN, an ACK or extra credit that comes on a data frame or with a SYN", async () => {
    const { session, peer } = sessionWithRawPeer();
    peer.say("windowUpdate", syn, 1, 1000);
    peer.sayData(1, Buffer.from("bye"), fin);
    const stream = await next(session.incoming());

    expect(stream.sendCreditBytes).toBe(initialCreditBytes + 1000);
    expect(await buffer(stream)).toEqual(Buffer.from("bye"));
    session.destroy();
  });

  test("that are destroyed reset the peer's, and no other", async () => {
    await using pair = new SessionPair();
    const incoming = pair.server.incoming();
    const [one, two] = [pair.client.open(), pair.client.open()];
    const [hisOne, hisTwo] = [await next(incoming), await next(incoming)];
    const broken = once(hisOne, "error");

    one.destroy();

    await expect(broken).resolves.toMatchObject([{ name: "StreamReset" }]);
    two.end("still here");
    expect(await buffer(hisTwo)).toEqual(Buffer.from("still here"));
    expect(pair.server.streamCount).toBe(1); // ours is half closed
  });

  test("are not reset when both directions have ended", async () => {
    const { session, peer } = sessionWithRawPeer();
    peer.say("windowUpdate", syn, 1);
    const stream = await next(session.incoming());
    stream.end();
    stream.resume();
    peer.say("windowUpdate", fin, 1);
    await once(stream, "close");
    const pinged = session.ping();
    await peer.heard(3);

    expect(peer.seen.map(({ flags }) => flags)).toEqual([ack, fin, syn]); // ACK, FIN, and the ping
    session.destroy();
    await expect(pinged).rejects.toMatchObject({ name: "SessionEnded" });
  });

  test("that nobody watches do not take the process down with the session", async () => {
    const { session, peer } = sessionWithRawPeer();
    session.open().write("x");
    peer.transport.destroy();

    expect((await session.closed).kind).toBe("cut");
  });

  test("drop what comes late, after they were reset", async () => {
    const { session, peer } = sessionWithRawPeer();
    peer.say("windowUpdate", syn, 1);
    const incoming = session.incoming();
    (await next(incoming)).destroy();
    peer.sayData(1, Buffer.alloc(1000));
    peer.say("windowUpdate", 0, 1, 5);
    peer.say("windowUpdate", rst, 1);
    peer.say("windowUpdate", syn, 3);

    expect((await next(incoming)).id).toBe(3);
    session.destroy();
  });

  test("that get data after their FIN are reset, and the session lives on", async () => {
    const { session, peer } = sessionWithRawPeer();
    peer.say("windowUpdate", syn, 1);
    const stream = await next(session.incoming());
    const broken = once(stream, "error");
    peer.say("windowUpdate", fin, 1);
    peer.sayData(1, Buffer.from("more"));

    await expect(broken).resolves.toMatchObject([{ name: "YamuxProtocolError" }]);
    expect(session.isOver).toBe(false);
    session.destroy();
  });
});

describe("how many streams", () => {
  test("a thousand at once are served, and each gets its own bytes", async () => {
    await using pair = new SessionPair({
      server: {
        onStream: (stream) => {
          stream.pipe(stream);
        },
      },
    });
    const answers = Array.from({ length: 1000 }, async (_, index) => {
      const sent = Buffer.alloc(1 + ((index * 7919) % 3000), index);
      const stream = pair.client.open();
      stream.end(sent);
      return (await buffer(stream)).equals(sent);
    });

    expect((await Promise.all(answers)).every(Boolean)).toBe(true);
    expect([pair.client.streamCount, pair.server.streamCount]).toEqual([0, 0]);
  });

  test("of ours wait beyond 256 that the peer has not acknowledged", async () => {
    const { session, peer } = sessionWithRawPeer();
    const streams = Array.from({ length: 300 }, () => session.open());
    streams[299]?.end("last");
    await peer.heard(256);
    await systemClock.sleep(0);
    expect(peer.seen).toHaveLength(256);

    for (let index = 0; index < 44; index++) peer.say("windowUpdate", ack, 2 + 2 * index);
    await peer.heard(302);

    expect(peer.seen.slice(-3)).toMatchObject([
      { flags: syn, streamId: 600 },
      { payload: Buffer.from("last"), streamId: 600 },
      { flags: fin, streamId: 600 },
    ]);
    session.destroy();
  });

  test("of ours may be given up while they wait", async () => {
    const { session, peer } = sessionWithRawPeer();
    const streams = Array.from({ length: 258 }, () => session.open());
    streams[256]?.destroy();
    await peer.heard(256);
    streams[0]?.destroy(); // frees a place

    await peer.heard(258);

    expect(peer.seen.slice(-2)).toMatchObject([
      { flags: rst, streamId: 2 },
      { flags: syn, streamId: 516 },
    ]);
    session.destroy();
  });

  test("of the peer's are reset beyond 256 that nobody has accepted", async () => {
    const { session, peer } = sessionWithRawPeer();
    for (let index = 0; index < 300; index++) peer.say("windowUpdate", syn, 1 + 2 * index);
    await peer.heard(44);

    expect(peer.seen.every(({ flags }) => flags === rst)).toBe(true);
    expect(session.streamCount).toBe(256);
    session.destroy();
  });

  test("of the peer's are reset beyond the limit of open ones, until one has ended", async () => {
    const accepted: YamuxStream[] = [];
    const { session, peer } = sessionWithRawPeer({
      maxIncomingStreams: 2,
      onStream: (stream) => accepted.push(stream),
    });
    for (const id of [1, 3, 5]) peer.say("windowUpdate", syn, id);
    await peer.heard(3);
    accepted[0]?.destroy();
    peer.say("windowUpdate", syn, 7);
    await peer.heard(5);

    expect(peer.seen.map(({ flags, streamId }) => [flags, streamId])).toEqual([
      [ack, 1],
      [ack, 3],
      [rst, 5],
      [rst, 1],
      [ack, 7],
    ]);
    session.destroy();
  });

  test("of the peer's are refused once the consumer has left", async () => {
    const { session, peer } = sessionWithRawPeer();
    peer.say("windowUpdate", syn, 1);
    for await (const stream of session.incoming()) {
      stream.destroy();
      break;
    }
    peer.say("windowUpdate", syn, 3);
    await peer.heard(3);

    expect(peer.seen.at(-1)).toMatchObject({ flags: rst, streamId: 3 });
    session.destroy();
  });
});

describe("going away", () => {
  test("the peer opens no more streams, and open ones go on", async () => {
    await using pair = new SessionPair();
    const opened = pair.client.open();
    opened.write("x");
    const accepted = await next(pair.server.incoming());

    pair.server.goAway();
    await pair.server.ping(); // the go away has been heard

    expect(() => pair.client.open()).toThrow(expect.objectContaining({ name: "SessionEnded", kind: "closed_by_peer" }));
    accepted.end("y");
    expect(await buffer(opened)).toEqual(Buffer.from("y"));
  });

  test("streams that the peer opens all the same are reset", async () => {
    const { session, peer } = sessionWithRawPeer();
    session.goAway();
    peer.say("windowUpdate", syn, 1);
    await peer.heard(2);

    expect(peer.seen).toMatchObject([
      { type: 3, length: 0 },
      { type: 1, flags: rst, streamId: 1 },
    ]);
    session.destroy();
  });
});

describe("the end", () => {
  test("close() sends what may be sent, ends both sides in order, and leaves nothing behind", async () => {
    const pair = new SessionPair();
    const stream = pair.client.open();
    stream.write(Buffer.alloc(200_000, 1));
    const accepted = await next(pair.server.incoming());
    const read: Buffer[] = [];
    accepted.on("data", (chunk: Buffer) => read.push(chunk));
    const broken = once(accepted, "error");

    const ends = await Promise.all([pair.client.close(), pair.client.close(), pair.server.closed]);

    expect(ends.map(({ kind }) => kind)).toEqual(["closed", "closed", "closed_by_peer"]);
    expect(Buffer.concat(read).length).toBe(200_000);
    await expect(broken).resolves.toMatchObject([{ name: "SessionEnded", kind: "closed_by_peer" }]);
    expect(() => pair.client.open()).toThrow(expect.objectContaining({ name: "SessionEnded" }));
    await pair.clock.advance(0);
    expect(pair.clock.pending()).toEqual([]);
  });

  test("there is no go away before it", async () => {
    const { session, peer } = sessionWithRawPeer();
    peer.transport.on("end", () => peer.transport.end());

    await session.close();

    expect(peer.seen).toEqual([]);
  });

  test("a peer that does not end its side is cut off after the write timeout", async () => {
    const { session, clock } = sessionWithRawPeer({ hears: false });
    session.open().write(Buffer.alloc(200_000));
    const closed = session.close();
    await clock.advance(10_000);

    expect((await closed).kind).toBe("timed_out");
    expect(clock.pending()).toEqual([]);
  });

  test("a cut fails streams and pings with the reason", async () => {
    const { session, peer, clock } = sessionWithRawPeer();
    const stream = session.open();
    const broken = once(stream, "error");
    const pinged = session.ping();
    peer.transport.destroy();

    const failure = { name: "SessionEnded", kind: "cut" };
    await expect(broken).resolves.toMatchObject([failure]);
    await expect(pinged).rejects.toMatchObject(failure);
    await expect(session.ping()).rejects.toMatchObject(failure);
    expect(await session.closed).toMatchObject({ kind: "cut", error: failure });
    await clock.advance(0);
    expect(clock.pending()).toEqual([]);
  });

  test("inside a frame it is a cut, between frames an orderly close", async () => {
    const inside = sessionWithRawPeer();
    inside.peer.transport.end(Buffer.alloc(5));
    const between = sessionWithRawPeer();
    between.peer.transport.end();

    expect((await inside.session.closed).kind).toBe("cut");
    expect((await between.session.closed).kind).toBe("closed_by_peer");
  });

  test("destroy() cuts at once, also during an orderly close", async () => {
    const { session } = sessionWithRawPeer({ hears: false });
    session.open().write(Buffer.alloc(200_000));
    void session.close();

    session.destroy(new Error("enough"));

    expect(await session.closed).toMatchObject({ kind: "closed", error: { message: "enough" } });
  });

  test("incoming() ends with the session", async () => {
    const pair = new SessionPair();
    const streams = pair.server.incoming();
    const ended = streams.next();

    await pair.client.close();

    expect(await ended).toEqual({ value: undefined, done: true });
    await pair.server.closed;
  });
});
