import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { silentLogger } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { newestValues } from "./newest-values.ts";
import { Topics, type Bells } from "./topics.ts";

/** Something that changes, whose changes are told, or lost; reads may fail, and take until they are let go. */
function makeState({ gapMs = 250 } = {}) {
  const clock = new FakeClock();
  const ears = new Set<Bells<number>>();
  const state = { value: 0, reads: 0, failures: 0, gate: undefined as Promise<void> | undefined };
  const topics = new Topics<number>({
    name: "test",
    clock,
    log: silentLogger,
    gapMs,
    pollMs: 30_000,
    hear(bells) {
      ears.add(bells);
      return { [Symbol.dispose]: () => void ears.delete(bells) };
    },
    async read() {
      state.reads++;
      const { value, gate } = state;
      await gate;
      if (state.failures-- > 0) throw new Error("no connection");
      return value;
    },
  });
  const ring = () => {
    for (const bells of ears) bells.ring("key");
  };
  const change = () => {
    state.value++;
    ring();
  };
  /** A reader that takes each value at once, unless the test holds it. */
  const sit = () => {
    const stop = new AbortController();
    const seat = topics.join("key");
    const seen: number[] = [];
    const slow = { gate: undefined as Promise<void> | undefined };
    const done = (async () => {
      using _seat = seat;
      for await (const value of newestValues(seat, stop.signal)) {
        seen.push(value);
        await slow.gate;
      }
    })();
    return { seat, seen, slow, stop, done };
  };
  return { clock, ears, state, topics, ring, change, sit };
}

test("a value comes at once, the first change after quiet at once, and a burst as one", async () => {
  const { clock, state, change, sit } = makeState();
  const { seen, stop, done } = sit();
  await clock.advance(0);
  expect(seen).toEqual([0]);
  await clock.advance(250);
  change();
  await clock.advance(0);
  expect(seen).toEqual([0, 1]);
  for (let count = 0; count < 100; count++) change();
  await clock.advance(249);
  expect(seen).toEqual([0, 1]);
  await clock.advance(1);
  expect([seen, state.reads]).toEqual([[0, 1, 101], 3]);
  stop.abort();
  await done;
});

test("many share each read, and who comes later is given the newest without one", async () => {
  const { clock, state, change, sit } = makeState();
  const early = Array.from({ length: 20 }, () => sit());
  await clock.advance(250);
  change();
  await clock.advance(0);
  const late = sit();
  await clock.advance(0);

  expect(state.reads).toBe(2);
  expect(early.map(({ seen }) => seen)).toEqual(early.map(() => [0, 1]));
  expect(late.seen).toEqual([1]);
  for (const { stop } of [...early, late]) stop.abort();
});

test("who comes while a change is being read is given at once what the others were told last", async () => {
  const { clock, state, change, sit } = makeState();
  const early = sit();
  await clock.advance(250);
  const gate = Promise.withResolvers<void>();
  state.gate = gate.promise;
  change();
  await clock.advance(0);

  const late = sit();
  await clock.advance(0);
  expect([state.reads, late.seen]).toEqual([2, [0]]);
  gate.resolve();
  await clock.advance(0);

  expect([state.reads, early.seen, late.seen]).toEqual([2, [0, 1], [0, 1]]);
  for (const { stop } of [early, late]) stop.abort();
});

test("one that reads slowly holds nobody up, keeps nothing, and sees the last in the end", async () => {
  const { clock, change, sit } = makeState();
  const [quick, slow] = [sit(), sit()];
  const gate = Promise.withResolvers<void>();
  slow.slow.gate = gate.promise;
  for (let count = 0; count < 5; count++) {
    await clock.advance(250);
    change();
  }
  await clock.advance(250);
  expect([quick.seen, slow.seen]).toEqual([[0, 1, 2, 3, 4, 5], [0]]);

  gate.resolve();
  await clock.advance(0);

  expect(slow.seen).toEqual([0, 5]);
  for (const { stop } of [quick, slow]) stop.abort();
});

test("what is heard during a read causes one more, however much it was", async () => {
  const { clock, state, change, sit } = makeState();
  const { promise, resolve } = Promise.withResolvers<void>();
  state.gate = promise;
  const { seen, stop } = sit();
  await clock.advance(0);
  change();
  change();
  state.gate = undefined;
  resolve();
  await clock.advance(250);
  await clock.advance(1_000);

  expect([seen, state.reads]).toEqual([[0, 2], 2]);
  stop.abort();
});

test("a read that fails ends nothing: the next change reads again, and the poll without one", async () => {
  const { clock, state, change, sit } = makeState();
  const { seen, stop } = sit();
  await clock.advance(250);
  state.failures = 1;
  change();
  await clock.advance(0);
  expect(seen).toEqual([0]);
  change();
  await clock.advance(250);
  expect(seen).toEqual([0, 2]);
  state.failures = 1;
  change();
  await clock.advance(29_000);
  expect(seen).toEqual([0, 2]);
  await clock.advance(2_000);
  expect(seen).toEqual([0, 2, 3]);
  stop.abort();
});

test("who leaves during a read goes at once, and with the last seat goes all that waits", async () => {
  const { clock, ears, state, topics, sit } = makeState();
  state.gate = new Promise<void>(() => undefined);
  const { stop, done } = sit();
  await clock.advance(0);

  stop.abort();
  await done;

  expect([topics.size, ears.size, clock.pending()]).toEqual([0, 0, []]);
});

type Step = "change" | "lose" | "sit" | "leave" | "slow" | "fast" | "hang" | "answer" | "fail" | "wait" | "long";
const steps = fc.array(
  fc.record({
    what: fc.constantFrom<Step>(
      "change",
      "change",
      "change",
      "lose",
      "sit",
      "leave",
      "slow",
      "fast",
      "hang",
      "answer",
      "fail",
      "wait",
      "long",
    ),
    which: fc.nat(3),
  }),
  { maxLength: 60 },
);

test("in whatever order: every seat ends with the latest state, and none ever goes back", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (run) => {
      const { clock, ears, state, topics, change, sit } = makeState();
      const seats = [{ ...sit(), free: () => undefined as void }];
      let answer = (): void => undefined;
      for (const { what, which } of run) {
        const seat = seats[which % seats.length];
        if (seat === undefined) continue;
        if (what === "change") change();
        else if (what === "lose") state.value++;
        else if (what === "sit") seats.push({ ...sit(), free: () => undefined });
        else if (what === "leave" && seats.length > 1) {
          seat.stop.abort();
          seat.free();
          seats.splice(seats.indexOf(seat), 1);
        } else if (what === "slow") {
          const { promise, resolve } = Promise.withResolvers<void>();
          seat.free();
          seat.free = resolve;
          seat.slow.gate = promise;
        } else if (what === "fast") {
          seat.slow.gate = undefined;
          seat.free();
        } else if (what === "hang") {
          const { promise, resolve } = Promise.withResolvers<void>();
          answer();
          answer = resolve;
          state.gate = promise;
        } else if (what === "answer") {
          state.gate = undefined;
          answer();
        } else if (what === "fail") state.failures = 1;
        await clock.advance(what === "wait" ? 100 : what === "long" ? 1_000 : 0);
      }
      for (const seat of seats) {
        seat.slow.gate = undefined;
        seat.free();
      }
      state.gate = undefined;
      answer();
      state.failures = 0;
      await clock.advance(0);
      await clock.advance(31_000); // the poll stands behind what was lost, and behind the last failure

      for (const { seen } of seats) {
        expect(seen.at(-1)).toBe(state.value);
        expect(seen).toEqual(seen.toSorted((one, other) => one - other));
      }
      for (const { stop } of seats) stop.abort();
      await Promise.all(seats.map(({ done }) => done));
      expect([topics.size, ears.size, clock.pending()]).toEqual([0, 0, []]);
    }),
    { numRuns: 200 },
  );
});

describe("topics that are polled together", () => {
  /** Topics over values that the test changes, and the keys of each look at all. */
  function makePolled() {
    const clock = new FakeClock();
    const values = new Map<string, number>();
    const looks: string[][] = [];
    const reads: string[] = [];
    let rung: Bells<number> | undefined;
    const topics = new Topics<number>({
      name: "test-polled",
      clock,
      log: silentLogger,
      pollMs: 1_000,
      read: async (key) => {
        reads.push(key);
        return await Promise.resolve(values.get(key) ?? 0);
      },
      pollAll: async (newest) => {
        looks.push([...newest.keys()]);
        return await Promise.resolve(
          [...newest].filter(([key, value]) => values.get(key) !== value).map(([key]) => key),
        );
      },
      hear: (bells) => {
        rung = bells;
        return { [Symbol.dispose]: () => undefined };
      },
    });
    return { clock, values, looks, reads, topics, ring: (id: string) => rung?.ring(id) };
  }

  test("are one look, and only what changed is read; with nobody there is none", async () => {
    const { clock, values, looks, reads, topics } = makePolled();
    for (const key of ["a", "b", "c"]) values.set(key, 0);
    const stop = new AbortController();
    const seats = ["a", "b", "c"].map((key) => topics.join(key));
    const seen: number[] = [];
    const watching = seats.map(async (seat) => {
      for await (const value of newestValues(seat, stop.signal)) seen.push(value);
    });
    await clock.advance(0);
    values.set("b", 7);

    await clock.advance(1_000);

    expect([looks, reads, seen]).toEqual([[["a", "b", "c"]], ["a", "b", "c", "b"], [0, 0, 0, 7]]);
    stop.abort();
    await Promise.all(watching);
    for (const seat of seats) seat[Symbol.dispose]();
    await clock.advance(10_000);
    expect([looks.length, clock.pending()]).toEqual([1, []]);
  });

  test("are rung by what they are about as well, as long as somebody is there", async () => {
    const { topics, ring, clock } = makePolled();
    const stop = new AbortController();
    const [one, other] = [topics.join("log", "workspace"), topics.join("another", "elsewhere")];
    const before = other.version;
    const news = one.news(one.version, stop.signal);

    ring("workspace");

    expect(await news).toBe("rung");
    expect(other.version).toBe(before);
    for (const seat of [one, other]) seat[Symbol.dispose]();
    ring("workspace");
    expect([topics.size, clock.pending()]).toEqual([0, []]);
  });
});
