import fc from "fast-check";
import { expect, test } from "vitest";
import { silentLogger } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { followLines, type LogLines, type LogPlace } from "./follow-lines.ts";
import { Topics, type Bells } from "./topics.ts";

interface Line {
  readonly id: number;
}

/** A log that grows and ends, and followers of it. */
function makeLog() {
  const clock = new FakeClock();
  const ears = new Set<Bells<LogLines<Line>>>();
  const log = { lines: [] as Line[], isOver: false, reads: 0, gate: undefined as Promise<void> | undefined };
  const topics = new Topics<LogLines<Line>, LogPlace>({
    name: "test-log",
    clock,
    log: silentLogger,
    pollMs: 30_000,
    hear(bells) {
      ears.add(bells);
      return { [Symbol.dispose]: () => void ears.delete(bells) };
    },
    async read(_key, { after, asksEnd }) {
      log.reads++;
      const isOver = asksEnd && log.isOver;
      await log.gate;
      return { lines: log.lines.filter(({ id }) => id > after), isOver };
    },
  });
  const ring = () => {
    for (const bells of ears) bells.ring("key");
  };
  const write = (count: number) => {
    for (let index = 0; index < count; index++) log.lines.push({ id: log.lines.length + 1 });
  };
  const follow = (after: number) => {
    const stop = new AbortController();
    const slow = { gate: undefined as Promise<void> | undefined };
    const got: number[] = [];
    const seat = topics.join("key");
    const ended = (async () => {
      using _seat = seat;
      return await followLines(seat, {
        after,
        signal: stop.signal,
        asksEnd: () => true,
        async send(lines) {
          got.push(...lines.map(({ id }) => id));
          await slow.gate;
        },
      });
    })();
    return { after, stop, slow, got, ended };
  };
  return { clock, ears, log, topics, ring, write, follow };
}

test("followers at the same place share each read, and one that comes back goes on where it was", async () => {
  const { clock, log, ring, write, follow } = makeLog();
  write(3);
  const followers = Array.from({ length: 10 }, () => follow(0));
  const back = follow(2);
  await clock.advance(0);
  expect(log.reads).toBe(2);
  write(2);
  ring();
  await clock.advance(0);

  expect(log.reads).toBe(3);
  expect(followers.map(({ got }) => got)).toEqual(followers.map(() => [1, 2, 3, 4, 5]));
  expect(back.got).toEqual([3, 4, 5]);
  log.isOver = true;
  ring();
  expect(new Set(await Promise.all([...followers, back].map(({ ended }) => ended)))).toEqual(new Set(["over"]));
});

test("a follower is told at once where it is, asks for the end by what woke it, and is sent no more nothing", async () => {
  const { clock, log, topics, ring, write } = makeLog();
  const asked: string[] = [];
  const sent: number[][] = [];
  const stop = new AbortController();
  using seat = topics.join("key");
  const ended = followLines(seat, {
    after: 0,
    signal: stop.signal,
    asksEnd(why) {
      asked.push(why);
      return why !== "rung";
    },
    async send(lines) {
      sent.push(lines.map(({ id }) => id));
    },
  });

  await clock.advance(0);
  expect([asked, sent]).toEqual([["first"], [[]]]);
  write(1);
  ring();
  await clock.advance(0);
  expect([asked, sent]).toEqual([
    ["first", "rung"],
    [[], [1]],
  ]);
  log.isOver = true;
  ring();
  await clock.advance(250);
  expect(sent).toEqual([[], [1]]);
  await clock.advance(30_000);

  expect(await ended).toBe("over");
  expect([asked.at(-1), sent]).toEqual(["polled", [[], [1]]]);
});

test("a follower that leaves during a read is sent nothing of it", async () => {
  const { clock, log, topics, write } = makeLog();
  const gate = Promise.withResolvers<void>();
  log.gate = gate.promise;
  const stop = new AbortController();
  const sent: unknown[] = [];
  using seat = topics.join("key");
  const ended = followLines(seat, {
    after: 0,
    signal: stop.signal,
    asksEnd: () => true,
    send: async (lines) => void sent.push(lines),
  });
  await clock.advance(0);
  write(1);

  stop.abort();
  gate.resolve();

  expect(await ended).toBe("left");
  expect(sent).toEqual([]);
});

test("a follower that left is sent nothing, in whatever step of a read it left", async () => {
  const sent = new Set<number>();
  for (let steps = 0; steps < 20; steps++) {
    const { clock, log, topics } = makeLog();
    const gate = Promise.withResolvers<void>();
    log.gate = gate.promise;
    const stop = new AbortController();
    const hadLeft: boolean[] = [];
    using seat = topics.join("key");
    const ended = followLines(seat, {
      after: 0,
      signal: stop.signal,
      asksEnd: () => true,
      send: async () => void hadLeft.push(stop.signal.aborted),
    });
    await clock.advance(0);

    gate.resolve();
    for (let step = 0; step < steps; step++) await Promise.resolve();
    stop.abort();

    expect(await ended).toBe("left");
    expect(hadLeft).not.toContain(true);
    sent.add(hadLeft.length);
  }
  expect(sent).toEqual(new Set([0, 1]));
});

test("nothing is read for a follower that leaves while it waits", async () => {
  const { clock, log, follow } = makeLog();
  const { stop, ended } = follow(0);
  await clock.advance(0);
  expect(log.reads).toBe(1);

  stop.abort();
  await clock.advance(0);

  expect([await ended, log.reads]).toEqual(["left", 1]);
});

test("in whatever order: every follower gets every line after its place exactly once, in order, and then the end", async () => {
  const step = fc.record({
    what: fc.constantFrom("write", "write", "lost", "follow", "slow", "fast", "hang", "answer", "end"),
    which: fc.nat(9),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 50 }), async (run) => {
      const { clock, ears, log, topics, ring, write, follow } = makeLog();
      const followers = [{ ...follow(0), free: () => undefined as void }];
      let answer = (): void => undefined;
      for (const { what, which } of run) {
        const follower = followers[which % followers.length];
        if (follower === undefined) continue;
        if ((what === "write" || what === "lost") && !log.isOver) {
          write(which);
          if (what === "write") ring();
        } else if (what === "follow") followers.push({ ...follow(which), free: () => undefined });
        else if (what === "slow") {
          const { promise, resolve } = Promise.withResolvers<void>();
          follower.free();
          follower.free = resolve;
          follower.slow.gate = promise;
        } else if (what === "fast") {
          follower.slow.gate = undefined;
          follower.free();
        } else if (what === "hang") {
          const { promise, resolve } = Promise.withResolvers<void>();
          answer();
          answer = resolve;
          log.gate = promise;
        } else if (what === "answer") {
          log.gate = undefined;
          answer();
        } else if (what === "end") log.isOver = true;
        await clock.advance(0);
      }
      log.isOver = true;
      log.gate = undefined;
      answer();
      for (const follower of followers) {
        follower.slow.gate = undefined;
        follower.free();
      }
      await clock.advance(0);
      await clock.advance(30_000);

      expect(await Promise.all(followers.map(({ ended }) => ended))).toEqual(followers.map(() => "over"));
      for (const { got, after } of followers) {
        expect(got).toEqual(log.lines.map(({ id }) => id).filter((id) => id > after));
      }
      expect([topics.size, ears.size, clock.pending()]).toEqual([0, 0, []]);
    }),
    { numRuns: 200 },
  );
});
