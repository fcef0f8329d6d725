import { expect, test } from "vitest";
import { FakeClock } from "./fake-clock.ts";

test("time stands still until it is advanced", () => {
  const clock = new FakeClock(1_000);

  expect(clock.now()).toBe(1_000);
});

test("advancing stops at each timer on the way, so woken code sees its own time", async () => {
  const clock = new FakeClock(0);
  const seen: number[] = [];
  const waits = [30, 10, 20].map((ms) => clock.sleep(ms).then(() => seen.push(clock.now())));

  await clock.advance(100);
  await Promise.all(waits);

  expect(seen).toEqual([10, 20, 30]);
  expect(clock.now()).toBe(100);
});

test("a timer set by woken code fires at its own time within the same advance", async () => {
  const clock = new FakeClock(0);
  const ticks: number[] = [];
  async function tick(): Promise<void> {
    for (let i = 0; i < 4; i++) {
      await clock.sleep(10);
      ticks.push(clock.now());
    }
  }

  const ticking = tick();
  await clock.advance(40);
  await ticking;

  expect(ticks).toEqual([10, 20, 30, 40]);
});

test("a timer that is due only later is left alone", async () => {
  const clock = new FakeClock(0);
  const stop = new AbortController();
  const late = clock.sleep(11, { signal: stop.signal, tag: "late" });

  await clock.advance(10);

  expect(clock.pending()).toEqual([{ kind: "sleep", tag: "late", dueMs: 11 }]);
  stop.abort("done");
  await expect(late).rejects.toBe("done");
});

test("timers of one instant fire in the order they were set", async () => {
  const clock = new FakeClock(0);
  const order: string[] = [];
  const waits = ["a", "b", "c"].map((name) => clock.sleep(5).then(() => order.push(name)));

  await clock.advance(5);
  await Promise.all(waits);

  expect(order).toEqual(["a", "b", "c"]);
});

test("asleep waits until something waits under the tag", async () => {
  const clock = new FakeClock(0);
  const asleep = clock.asleep("pool");

  const slept = clock.sleep(5, { tag: "pool" });
  await asleep;
  await clock.asleep("pool"); // and is there at once when it already does
  await clock.advance(5);

  await expect(slept).resolves.toBeUndefined();
});

test("asleep is not answered by another tag", async () => {
  const clock = new FakeClock(0);
  let isAnswered = false;
  void clock.asleep("pool").then(() => (isAnswered = true));
  const stop = new AbortController();

  const other = clock.sleep(5, { tag: "other", signal: stop.signal });
  await clock.advance(1);

  expect(isAnswered).toBe(false);
  stop.abort("done");
  await expect(other).rejects.toBe("done");
});

test("what ended, aborted or was disposed is not pending", async () => {
  const clock = new FakeClock(0);
  const stop = new AbortController();
  const ended = clock.sleep(1);
  const aborted = clock.sleep(100, { signal: stop.signal });
  const deadline = clock.timeout(50);
  expect(clock.pending()).toHaveLength(3);

  await clock.advance(1);
  await ended;
  stop.abort("done");
  await expect(aborted).rejects.toBe("done");
  deadline[Symbol.dispose]();

  expect(clock.pending()).toEqual([]);
  expect(clock.nextDueMs()).toBeUndefined();
});

test("advanceToNext moves to the next timer and no further", async () => {
  const clock = new FakeClock(0);
  const slept = clock.sleep(7);
  using _later = clock.timeout(9);

  await clock.advanceToNext();
  await slept;

  expect(clock.now()).toBe(7);
  expect(clock.nextDueMs()).toBe(9);
});

test("advanceToNext refuses when nothing waits", async () => {
  await expect(new FakeClock().advanceToNext()).rejects.toThrow("nothing waits");
});

test.for([-1, Number.NaN])("time cannot be moved by %d", async (ms) => {
  await expect(new FakeClock().advance(ms)).rejects.toThrow(RangeError);
});

test("a wait of NaN is a mistake, not a wait for ever", async () => {
  await expect(new FakeClock().sleep(Number.NaN)).rejects.toThrow(RangeError);
});
