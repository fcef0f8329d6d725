import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HearthError } from "./errors.ts";
import { FakeClock } from "./fake-clock.ts";
import { KeyedQueue, type KeyedQueueOptions, type KeyedWork } from "./keyed-queue.ts";
import { recordingLogger, type RecordingLogger } from "./recording-logger.ts";

interface Rig {
  clock: FakeClock;
  log: RecordingLogger;
  queue: KeyedQueue<string>;
  /** What ran, as `key@ms`. */
  ran: string[];
}

function makeQueue(work: KeyedWork<string> = async () => undefined, options: Partial<KeyedQueueOptions> = {}): Rig {
  const clock = new FakeClock(0);
  const log = recordingLogger();
  const ran: string[] = [];
  const queue = new KeyedQueue<string>(
    {
      name: "queue",
      concurrency: 2,
      clock,
      log,
      backoff: { baseMs: 1_000, maxMs: 8_000 },
      random: () => 0.5,
      ...options,
    },
    (key, context) => {
      ran.push(`${key}@${clock.now()}`);
      return work(key, context);
    },
  );
  return { clock, log, queue, ran };
}

describe("KeyedQueue", () => {
  test("a key runs at once", async () => {
    const { queue, ran } = makeQueue();

    queue.add("a");
    await queue.idle();

    expect(ran).toEqual(["a@0"]);
    expect(queue.size).toBe(0);
  });

  test("a key in line is there once, at the earliest time asked for", async () => {
    const { clock, queue, ran } = makeQueue();

    queue.add("a", { afterMs: 500 });
    queue.add("a", { afterMs: 100 });
    queue.add("a", { afterMs: 900 });
    await clock.advance(1_000);

    expect(ran).toEqual(["a@100"]);
    expect(clock.pending()).toEqual([]);
  });

  test("keys run in the order of their times, those of one time in the order of asking", async () => {
    const { clock, queue, ran } = makeQueue(undefined, { concurrency: 1 });

    queue.add("late", { afterMs: 20 });
    queue.add("b", { afterMs: 10 });
    queue.add("a", { afterMs: 10 });
    await clock.advance(50);

    expect(ran).toEqual(["b@10", "a@10", "late@20"]);
  });

  test("a key asked for while it runs runs once more afterwards, never beside itself", async () => {
    const { clock, queue, ran } = makeQueue(async () => clock_.sleep(100, { tag: "work" }));
    const clock_ = clock;

    queue.add("a");
    await clock.asleep("work");
    queue.add("a");
    queue.add("a");
    expect(queue.running).toBe(1);
    await clock.advance(1_000);

    expect(ran).toEqual(["a@0", "a@100"]);
  });

  test("no more keys run at once than allowed", async () => {
    const { clock, queue, ran } = makeQueue(async () => clock_.sleep(100, { tag: "work" }));
    const clock_ = clock;

    for (const key of ["a", "b", "c"]) queue.add(key);
    await clock.advance(99);
    expect(ran).toEqual(["a@0", "b@0"]);
    await clock.advance(200);

    expect(ran).toEqual(["a@0", "b@0", "c@100"]);
  });

  test("work may say when to look again", async () => {
    const { clock, queue, ran } = makeQueue(async () => (ran_.length < 3 ? { againAfterMs: 250 } : undefined));
    const ran_ = ran;

    queue.add("a");
    await clock.advance(10_000);

    expect(ran).toEqual(["a@0", "a@250", "a@500"]);
  });

  test("a key that fails waits longer each time, and no other key waits with it", async () => {
    const attempts: number[] = [];
    const { clock, log, queue, ran } = makeQueue(async (key, { attempt }) => {
      if (key !== "bad") return;
      attempts.push(attempt);
      if (attempt < 4) throw new Error("not yet");
    });

    queue.add("bad");
    queue.add("good", { afterMs: 600 });
    await clock.advance(60_000);

    expect(ran).toEqual(["bad@0", "bad@500", "good@600", "bad@1500", "bad@3500"]);
    expect(attempts).toEqual([1, 2, 3, 4]);
    expect(log.lines.map(({ message, fields }) => [message, fields["key"], fields["failures"]])).toEqual([
      ["queued work failed", "bad", 1],
      ["queued work failed", "bad", 2],
      ["queued work failed", "bad", 3],
    ]);
  });

  test("a failure that cannot get better is not repeated until the key is added again", async () => {
    const { clock, queue, ran } = makeQueue(() => Promise.reject(new HearthError("never", { cause: undefined })));

    queue.add("a");
    await clock.advance(60_000);
    expect(ran).toEqual(["a@0"]);
    queue.add("a");
    await clock.advance(60_000);

    expect(ran).toEqual(["a@0", "a@60000"]);
  });

  test("a key that waits can be deleted", async () => {
    const { clock, queue, ran } = makeQueue();

    queue.add("a", { afterMs: 10 });
    queue.delete("a");
    queue.delete("unknown");
    await clock.advance(100);

    expect(ran).toEqual([]);
    expect(clock.pending()).toEqual([]);
  });

  test("a deleted key can be added again and runs once", async () => {
    const { clock, queue, ran } = makeQueue();

    queue.add("a", { afterMs: 10 });
    queue.delete("a");
    queue.add("a", { afterMs: 10 });
    await clock.advance(100);

    expect(ran).toEqual(["a@10"]);
  });

  test("idle waits for what runs, not for what is due later", async () => {
    const { clock, queue, ran } = makeQueue();

    queue.add("now");
    queue.add("later", { afterMs: 10 });
    await queue.idle();

    expect(ran).toEqual(["now@0"]);
    await clock.advance(10);
    expect(queue.size).toBe(0);
  });

  test("disposing finishes what is due, lets go of what is later, and takes no more", async () => {
    const { clock, queue, ran } = makeQueue(async () => clock_.sleep(100, { tag: "work" }), { concurrency: 1 });
    const clock_ = clock;
    for (const key of ["a", "b"]) queue.add(key);
    queue.add("later", { afterMs: 50 });
    await clock.asleep("work");

    const disposed = queue[Symbol.asyncDispose]();
    queue.add("too late");
    await clock.advance(1_000);
    await disposed;

    expect(ran).toEqual(["a@0", "b@100"]);
    expect(queue.size).toBe(0);
    expect(clock.pending()).toEqual([]);
  });

  test("disposing does not retry what fails", async () => {
    const { clock, queue, ran } = makeQueue(() => Promise.reject(new Error("no")));
    queue.add("a");

    await queue[Symbol.asyncDispose]();
    await clock.advance(60_000);

    expect(ran).toEqual(["a@0"]);
    expect(queue.size).toBe(0);
  });

  test("an abort reaches running work, and nothing more is started", async () => {
    const stop = new AbortController();
    const { clock, log, queue, ran } = makeQueue((_key, { signal }) => clock_.sleep(100, { signal, tag: "work" }), {
      signal: stop.signal,
      concurrency: 1,
    });
    const clock_ = clock;
    for (const key of ["a", "b"]) queue.add(key);
    await clock.asleep("work");

    stop.abort("closing");
    await queue.idle();

    expect(ran).toEqual(["a@0"]);
    expect(log.lines).toEqual([]);
    expect(queue.size).toBe(0);
    expect(clock.pending()).toEqual([]);
  });

  test("whatever is asked for: bounded, never beside itself, each request is followed by a run", async () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant("add" as const),
        key: fc.constantFrom("a", "b", "c", "d"),
        afterMs: fc.integer({ min: 0, max: 300 }),
      }),
      fc.record({ do: fc.constant("advance" as const), ms: fc.integer({ min: 0, max: 200 }) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.integer({ min: 1, max: 3 }),
        async (steps, concurrency) => {
          const running = new Set<string>();
          const startedMs = new Map<string, number>();
          const askedMs = new Map<string, number>();
          const { clock, queue } = makeQueue(
            async (key) => {
              expect(running.has(key)).toBe(false);
              running.add(key);
              expect(running.size).toBeLessThanOrEqual(concurrency);
              startedMs.set(key, clock_.now());
              await clock_.sleep(35);
              running.delete(key);
            },
            { concurrency },
          );
          const clock_ = clock;

          for (const next of steps) {
            if (next.do === "advance") {
              await clock.advance(next.ms);
            } else {
              askedMs.set(next.key, clock.now());
              queue.add(next.key, next);
            }
          }
          await clock.advance(10_000);

          for (const [key, ms] of askedMs) expect(startedMs.get(key)).toBeGreaterThanOrEqual(ms);
          expect(queue.size).toBe(0);
          expect(clock.pending()).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });
});
