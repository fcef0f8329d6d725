import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Batcher, ItemsLostError, type BatcherOptions } from "./batcher.ts";
import { HearthError } from "./errors.ts";
import { FakeClock } from "./fake-clock.ts";
import { recordingLogger, type RecordingLogger } from "./recording-logger.ts";

interface Rig {
  clock: FakeClock;
  log: RecordingLogger;
  batcher: Batcher<string>;
  batches: string[][];
  /** Errors for the next writes, in order; writes beyond them succeed. */
  failures: unknown[];
}

function makeBatcher(options: Partial<BatcherOptions<string>> = {}, write?: () => Promise<void>): Rig {
  const clock = new FakeClock(0);
  const log = recordingLogger();
  const batches: string[][] = [];
  const failures: unknown[] = [];
  const batcher = new Batcher<string>(
    {
      name: "batcher",
      maxItems: 3,
      maxWaitMs: 100,
      capacity: 10,
      clock,
      log,
      backoff: { baseMs: 1_000, maxMs: 8_000 },
      random: () => 0.5,
      ...options,
    },
    async (items) => {
      await write?.();
      if (failures.length > 0) throw failures.shift();
      batches.push(items);
    },
  );
  return { clock, log, batcher, batches, failures };
}

const fatal = new HearthError("The table is gone.", { cause: undefined });

describe("Batcher", () => {
  test("a batch leaves when its first item has waited long enough", async () => {
    const { clock, batcher, batches } = makeBatcher();

    batcher.add("a");
    await clock.advance(60);
    batcher.add("b");
    await clock.advance(39);
    expect(batches).toEqual([]);
    await clock.advance(1);

    expect(batches).toEqual([["a", "b"]]);
    expect(clock.pending()).toEqual([]);
  });

  test("a batch leaves as soon as it is full, and none is larger", async () => {
    const { clock, batcher, batches } = makeBatcher();

    for (const item of ["a", "b", "c", "d"]) batcher.add(item);
    await clock.advance(0);
    expect(batches).toEqual([["a", "b", "c"]]);
    await clock.advance(100);

    expect(batches).toEqual([["a", "b", "c"], ["d"]]);
  });

  test("what is over the capacity is refused and counted", () => {
    const { batcher } = makeBatcher({ capacity: 2 });

    expect(["a", "b", "c"].map((item) => batcher.add(item))).toEqual([true, true, false]);
    expect(batcher.refused).toBe(1);
    expect(batcher.size).toBe(2);
  });

  test("items being written count towards the capacity", async () => {
    const gate = Promise.withResolvers<void>();
    const { batcher } = makeBatcher({ capacity: 2 }, () => gate.promise);
    for (const item of ["a", "b"]) batcher.add(item);

    const flushed = batcher.flush();
    expect(batcher.add("c")).toBe(false);
    gate.resolve();
    await flushed;

    expect(batcher.add("c")).toBe(true);
    await batcher[Symbol.asyncDispose]();
  });

  test("flush writes everything now, in batches that do not overlap", async () => {
    let writing = 0;
    const { clock, batcher, batches } = makeBatcher({}, async () => {
      expect(++writing).toBe(1);
      await Promise.resolve();
      writing--;
    });
    for (const item of "abcdefg") batcher.add(item);

    await Promise.all([batcher.flush(), batcher.flush()]);

    expect(batches.map((batch) => batch.join(""))).toEqual(["abc", "def", "g"]);
    expect(clock.pending()).toEqual([]);
  });

  test("with a key the newest item wins and keeps the place of the first", async () => {
    const { batcher, batches } = makeBatcher({ key: (item) => item[0] });

    for (const item of ["a1", "b1", "a2"]) batcher.add(item);
    await batcher.flush();

    expect(batches).toEqual([["a2", "b1"]]);
  });

  test("replacing an item of a key is never refused", () => {
    const { batcher } = makeBatcher({ key: (item) => item[0], capacity: 1 });

    expect(["a1", "a2", "b1"].map((item) => batcher.add(item))).toEqual([true, true, false]);
  });

  test("a batch that fails goes first again, after a backoff", async () => {
    const { clock, log, batcher, batches, failures } = makeBatcher();
    failures.push(new Error("down"), new Error("still down"));
    batcher.add("a");
    await clock.advance(100);

    batcher.add("b");
    await clock.advance(499);
    expect(failures).toHaveLength(1);
    await clock.advance(1);
    expect(failures).toHaveLength(0);
    await clock.advance(1_000);

    expect(batches).toEqual([["a", "b"]]);
    expect(log.lines.map(({ level, message }) => [level, message])).toEqual([
      ["warn", "batch failed"],
      ["warn", "batch failed"],
    ]);
  });

  test("a newer item of a key beats the one that failed", async () => {
    const { batcher, batches, failures } = makeBatcher({ key: (item) => item[0] }, async () => {
      if (failures.length > 0) batcher.add("a2");
    });
    failures.push(new Error("down"));
    batcher.add("a1");

    await expect(batcher.flush()).rejects.toThrow("down");
    await batcher.flush();

    expect(batches).toEqual([["a2"]]);
  });

  test("a batch that can never be written is dropped, counted and logged as an error", async () => {
    const { clock, log, batcher, batches, failures } = makeBatcher();
    failures.push(fatal);
    for (const item of ["a", "b", "c", "d"]) batcher.add(item);

    await clock.advance(1_000);

    expect(batches).toEqual([["d"]]);
    expect(batcher.dropped).toBe(3);
    expect(log.lines).toMatchObject([{ level: "error", message: "batch dropped", fields: { items: 3 } }]);
  });

  test("a flush that fails tells its caller", async () => {
    const { batcher, failures } = makeBatcher();
    failures.push(new Error("down"));
    batcher.add("a");

    await expect(batcher.flush()).rejects.toThrow("down");

    expect(batcher.size).toBe(1);
    await batcher[Symbol.asyncDispose]();
  });

  test("disposing writes what is left and takes no more", async () => {
    const { clock, batcher, batches } = makeBatcher();
    for (const item of ["a", "b", "c", "d"]) batcher.add(item);

    await batcher[Symbol.asyncDispose]();
    await batcher[Symbol.asyncDispose]();

    expect(batches).toEqual([["a", "b", "c"], ["d"]]);
    expect(batcher.add("e")).toBe(false);
    expect(clock.pending()).toEqual([]);
  });

  test("disposing waits for the batch that is being written", async () => {
    const gate = Promise.withResolvers<void>();
    const { batcher, batches } = makeBatcher({}, () => gate.promise);
    batcher.add("a");
    const flushed = batcher.flush();

    const disposed = batcher[Symbol.asyncDispose]();
    expect(batches).toEqual([]);
    gate.resolve();
    await disposed;

    expect(batches).toEqual([["a"]]);
    await flushed;
  });

  test("disposing tries again, and says how many items were lost when that fails", async () => {
    const { clock, batcher, failures } = makeBatcher({ drainAttempts: 2 });
    failures.push(new Error("down"), new Error("down"));
    for (const item of ["a", "b"]) batcher.add(item);

    const disposed = expect(batcher[Symbol.asyncDispose]()).rejects.toThrow(
      new ItemsLostError("batcher", 2, new Error("down")),
    );
    await clock.advance(10_000);
    await disposed;

    expect(batcher.dropped).toBe(2);
    expect(clock.pending()).toEqual([]);
  });

  test("whatever fails: each accepted item is written once, in order, or counted as dropped", async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant("add" as const), count: fc.integer({ min: 1, max: 6 }) }) },
      {
        weight: 3,
        arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.integer({ min: 0, max: 3_000 }) }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("flush" as const) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("fail" as const), isFatal: fc.boolean() }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { clock, batcher, batches, failures } = makeBatcher();
        const accepted: string[] = [];
        let offered = 0;

        for (const next of steps) {
          if (next.do === "advance") await clock.advance(next.ms);
          else if (next.do === "fail") failures.push(next.isFatal ? fatal : new Error("down"));
          else if (next.do === "flush") await batcher.flush().catch(() => "told, and kept for later");
          else for (let i = 0; i < next.count; i++) if (batcher.add(`${offered++}`)) accepted.push(`${offered - 1}`);
          expect(batcher.size).toBeLessThanOrEqual(10);
        }
        failures.length = 0;
        await batcher[Symbol.asyncDispose]();

        const written = batches.flat();
        expect(batches.every((batch) => batch.length <= 3)).toBe(true);
        expect(written).toEqual(accepted.filter((item) => written.includes(item)));
        expect(new Set(written).size).toBe(written.length);
        expect(written.length + batcher.dropped).toBe(accepted.length);
        expect(accepted.length + batcher.refused).toBe(offered);
        expect(clock.pending()).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});
