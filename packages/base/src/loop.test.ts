import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FakeClock } from "./fake-clock.ts";
import { failureWaitMs, runLoop, type LoopOptions, type LoopPass } from "./loop.ts";
import { recordingLogger, type RecordingLogger } from "./recording-logger.ts";
import { Wake } from "./wake.ts";

interface Rig extends AsyncDisposable {
  clock: FakeClock;
  stop: AbortController;
  log: RecordingLogger;
  wake: Wake;
  startsMs: number[];
  passes: LoopPass[];
  ended: Promise<void>;
}

/** A loop of 1,000 ms under a clock at 0; `await using` proves that it ends and leaves nothing behind. */
function startLoop(pass: (rig: Rig) => Promise<void>, options: Partial<LoopOptions> = {}): Rig {
  const rig: Rig = {
    clock: new FakeClock(0),
    stop: new AbortController(),
    log: recordingLogger(),
    wake: new Wake(),
    startsMs: [],
    passes: [],
    ended: Promise.resolve(),
    async [Symbol.asyncDispose]() {
      rig.stop.abort("end of test");
      await rig.ended;
      expect(rig.clock.pending()).toEqual([]);
    },
  };
  const { clock, stop, log, wake } = rig;
  rig.ended = runLoop(
    {
      name: "loop",
      everyMs: 1_000,
      clock,
      signal: stop.signal,
      log,
      wake,
      random: () => 0.5,
      onPass: (done) => rig.passes.push(done),
      ...options,
    },
    async () => {
      rig.startsMs.push(clock.now());
      await pass(rig);
    },
  );
  return rig;
}

describe("runLoop", () => {
  test("the first pass is made at once, the others each interval", async () => {
    await using rig = startLoop(async () => undefined);

    await rig.clock.advance(3_500);

    expect(rig.startsMs).toEqual([0, 1_000, 2_000, 3_000]);
  });

  test("a pass never overlaps another: the interval counts from its end", async () => {
    await using rig = startLoop(({ clock }) => clock.sleep(400, { tag: "work" }));

    await rig.clock.advance(3_200);

    expect(rig.startsMs).toEqual([0, 1_400, 2_800]);
  });

  test("a wake ends the wait early", async () => {
    await using rig = startLoop(async () => undefined);
    await rig.clock.asleep("loop");
    await rig.clock.advance(300);

    rig.wake.notify();
    await rig.clock.advance(0);

    expect(rig.startsMs).toEqual([0, 300]);
  });

  test("any number of wakes during a pass cause exactly one more", async () => {
    await using rig = startLoop(({ clock }) => clock.sleep(100, { tag: "work" }));
    await rig.clock.asleep("work");

    for (let i = 0; i < 5; i++) rig.wake.notify();
    await rig.clock.advance(999);

    expect(rig.startsMs).toEqual([0, 100]);
  });

  test("several loops listen to one bell", async () => {
    const wake = new Wake();
    await using first = startLoop(async () => undefined, { wake });
    await using second = startLoop(async () => undefined, { wake });
    await Promise.all([first.clock.asleep("loop"), second.clock.asleep("loop")]);

    wake.notify();
    await Promise.all([first.clock.advance(0), second.clock.advance(0)]);

    expect([first.startsMs, second.startsMs]).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test("wakes that come sooner than the least gap share a pass", async () => {
    await using rig = startLoop(async () => undefined, { minGapMs: 200 });
    await rig.clock.asleep("loop");

    for (let i = 0; i < 5; i++) {
      rig.wake.notify();
      await rig.clock.advance(30);
    }
    await rig.clock.advance(500);

    expect(rig.startsMs).toEqual([0, 200]);
  });

  test("a wake long after the last pass does not wait for the gap", async () => {
    await using rig = startLoop(async () => undefined, { minGapMs: 200 });
    await rig.clock.asleep("loop");
    await rig.clock.advance(700);

    rig.wake.notify();
    await rig.clock.advance(0);

    expect(rig.startsMs).toEqual([0, 700]);
  });

  test("a pass that fails is logged and tried again, later each time, and the loop goes on", async () => {
    await using rig = startLoop(async ({ startsMs }) => {
      if (startsMs.length <= 3) throw new Error(`failure ${startsMs.length}`);
    });

    await rig.clock.advance(9_000);

    // 1,000 ms and half of 1,000, 2,000 and 4,000 ms; then the usual interval again.
    expect(rig.startsMs.slice(0, 6)).toEqual([0, 1_500, 3_500, 6_500, 7_500, 8_500]);
    expect(rig.log.lines.map(({ level, message, fields }) => [level, message, fields["failures"]])).toEqual([
      ["warn", "loop pass failed", 1],
      ["warn", "loop pass failed", 2],
      ["warn", "loop pass failed", 3],
    ]);
    expect(rig.passes.map((pass) => pass.failures)).toEqual([1, 2, 3, 0, 0, 0]);
  });

  test("wakes do not shorten the wait after a failure", async () => {
    await using rig = startLoop(async ({ startsMs }) => {
      if (startsMs.length === 1) throw new Error("no");
    });
    await rig.clock.asleep("loop");

    rig.wake.notify();
    await rig.clock.advance(1_499);
    expect(rig.startsMs).toEqual([0]);
    await rig.clock.advance(1);

    expect(rig.startsMs).toEqual([0, 1_500]);
  });

  test("an abort ends the wait, and the loop with it", async () => {
    await using rig = startLoop(async () => undefined);
    await rig.clock.asleep("loop");

    rig.stop.abort("closing");
    await rig.ended;

    expect(rig.startsMs).toEqual([0]);
  });

  test("an abort during a pass waits for the pass to end", async () => {
    const gate = Promise.withResolvers<void>();
    await using rig = startLoop(() => gate.promise);
    let hasEnded = false;
    void rig.ended.then(() => (hasEnded = true));

    rig.stop.abort("closing");
    await rig.clock.advance(10_000);
    expect(hasEnded).toBe(false);
    gate.resolve();
    await rig.ended;

    expect(rig.startsMs).toEqual([0]);
  });

  test("what a pass throws because of the abort is not an error", async () => {
    await using rig = startLoop(({ clock, stop }) => clock.sleep(100, { signal: stop.signal, tag: "work" }));
    await rig.clock.asleep("work");

    rig.stop.abort("closing");
    await rig.ended;

    expect(rig.log.lines).toEqual([]);
  });

  test("a loop whose signal has already aborted makes no pass", async () => {
    await using rig = startLoop(async () => undefined, { signal: AbortSignal.abort() });

    await rig.ended;

    expect(rig.startsMs).toEqual([]);
  });

  test.for([
    { random: 0, wantMs: 900 },
    { random: 0.5, wantMs: 1_000 },
    { random: 0.999, wantMs: 1_099.8 },
  ])("jitter of a tenth at $random makes the wait $wantMs ms", async ({ random, wantMs }) => {
    await using rig = startLoop(async () => undefined, { jitter: 0.1, random: () => random });

    await rig.clock.asleep("loop");

    expect(rig.clock.nextDueMs()).toBeCloseTo(wantMs);
  });

  test("a loop never stops passing and never spins, whatever fails and whenever it is woken", async () => {
    const events = fc.array(fc.record({ waitMs: fc.integer({ min: 0, max: 3_000 }), fails: fc.boolean() }), {
      maxLength: 15,
    });
    await fc.assert(
      fc.asyncProperty(events, async (plan) => {
        let fails = false;
        await using rig = startLoop(
          async () => {
            if (fails) throw new Error("planned");
          },
          { minGapMs: 50 },
        );
        for (const event of plan) {
          fails = event.fails;
          rig.wake.notify();
          await rig.clock.advance(event.waitMs);
        }
        fails = false;
        const before = rig.startsMs.length;
        await rig.clock.advance(121_000);

        expect(rig.startsMs.length).toBeGreaterThan(before);
        const gaps = rig.startsMs.slice(1).map((startMs, i) => startMs - (rig.startsMs[i] ?? 0));
        for (const gapMs of gaps) expect(gapMs).toBeGreaterThanOrEqual(50);
      }),
      { numRuns: 15 },
    );
  });
});

test.for([
  { everyMs: 15_000, failures: 1, leastMs: 1_000, mostMs: 2_000 },
  { everyMs: 15_000, failures: 4, leastMs: 1_000, mostMs: 9_000 },
  { everyMs: 15_000, failures: 100, leastMs: 1_000, mostMs: 61_000 },
  { everyMs: 600_000, failures: 100, leastMs: 1_000, mostMs: 601_000 },
  { everyMs: 50, failures: 1, leastMs: 50, mostMs: 100 },
  { everyMs: 5_000, longestBackoffMs: 5_000, failures: 100, leastMs: 1_000, mostMs: 6_000 },
])("a loop of $everyMs ms waits more than $leastMs, at most $mostMs ms after $failures failures", (row) => {
  expect(failureWaitMs(row, row.failures, () => 0)).toBe(row.leastMs + 1);
  expect(failureWaitMs(row, row.failures, () => 1)).toBe(row.mostMs);
});
