import { describe, expect, test } from "vitest";
import type { Clock } from "./clock.ts";
import { FakeClock } from "./fake-clock.ts";
import { systemClock } from "./system-clock.ts";

// The fake is only worth something while it behaves as the real one, so both pass the same tests.
const clocks: { name: string; make: () => { clock: Clock; pass: (ms: number) => Promise<void> } }[] = [
  { name: "the system clock", make: () => ({ clock: systemClock, pass: (ms) => systemClock.sleep(ms) }) },
  {
    name: "the fake clock",
    make: () => {
      const clock = new FakeClock();
      return { clock, pass: (ms) => clock.advance(ms) };
    },
  },
];

describe.for(clocks)("$name", ({ make }) => {
  test("a sleep ends once its time has passed", async () => {
    const { clock, pass } = make();
    const startedMs = clock.now();

    const slept = clock.sleep(5);
    await pass(10);
    await slept;

    // Node rounds timers and the wall clock apart, by less than a millisecond each.
    expect(clock.now() - startedMs).toBeGreaterThanOrEqual(4);
  });

  test.for([0, -5])("a sleep of %i ms ends by itself", async (ms) => {
    const { clock } = make();

    await expect(clock.sleep(ms)).resolves.toBeUndefined();
  });

  test("a sleep rejects with the reason of its signal", async () => {
    const { clock } = make();
    const stop = new AbortController();

    const slept = clock.sleep(1_000_000, { signal: stop.signal });
    stop.abort("enough");

    await expect(slept).rejects.toBe("enough");
  });

  test("a sleep whose signal has already aborted rejects", async () => {
    const { clock } = make();

    await expect(clock.sleep(0, { signal: AbortSignal.abort("before") })).rejects.toBe("before");
  });

  test("a deadline aborts with a TimeoutError that names what was waited for", async () => {
    const { clock, pass } = make();

    using deadline = clock.timeout(2, { tag: "The upload" });
    expect(deadline.signal.aborted).toBe(false);
    await pass(20);

    expect(deadline.signal.reason).toMatchObject({
      name: "TimeoutError",
      message: "The upload took longer than 2 ms.",
    });
  });

  test("a deadline aborts with the reason of its signal when that comes first", () => {
    const { clock } = make();
    const stop = new AbortController();

    using deadline = clock.timeout(1_000_000, { signal: stop.signal });
    stop.abort("enough");

    expect(deadline.signal.reason).toBe("enough");
  });

  test("a deadline whose signal has already aborted is over at once", () => {
    const { clock } = make();

    using deadline = clock.timeout(1_000_000, { signal: AbortSignal.abort("before") });

    expect(deadline.signal.reason).toBe("before");
  });

  test("a deadline that was disposed never aborts", async () => {
    const { clock, pass } = make();
    const stop = new AbortController();
    const deadline = clock.timeout(2, { signal: stop.signal });

    deadline[Symbol.dispose]();
    await pass(10);
    stop.abort();

    expect(deadline.signal.aborted).toBe(false);
  });

  test("a wait longer than a runtime's timer can count does not end at once", async () => {
    const { clock, pass } = make();
    using deadline = clock.timeout(2 ** 31 + 10);

    await pass(5);

    expect(deadline.signal.aborted).toBe(false);
  });
});
