import { FakeClock } from "@hearth/base/fake-clock";
import { silentLogger } from "@hearth/base";
import { expect, test } from "vitest";
import { StopPhases } from "./stop-phases.ts";

const boom = (word: string) => () => {
  throw new Error(word);
};

test("phases end in reverse order, each when the one after it has", async () => {
  const ended: string[] = [];
  const phases = new StopPhases(new FakeClock(), silentLogger);
  phases.defer("first", 1_000, () => ended.push("first"));
  phases.defer("second", 1_000, async () => {
    await Promise.resolve();
    ended.push("second");
  });
  phases.use("third", 1_000, { [Symbol.dispose]: () => ended.push("third") });

  await phases[Symbol.asyncDispose]();

  expect(ended).toEqual(["third", "second", "first"]);
});

test("one that throws at once, or later, leaves no timer and keeps no other from its turn", async () => {
  const clock = new FakeClock();
  const phases = new StopPhases(clock, silentLogger);
  let hasEnded = false;
  phases.defer("last", 1_000, () => (hasEnded = true));
  phases.defer("throws at once", 1_000, boom("at once"));
  phases.defer("rejects", 1_000, async () => await Promise.reject(new Error("later")));

  const stopped = phases[Symbol.asyncDispose]();

  await expect(stopped).rejects.toMatchObject({ errors: [new Error("later"), new Error("at once")] });
  expect(hasEnded).toBe(true);
  expect(clock.pending()).toEqual([]);
});

test("one that overruns its limit is named and left behind, and what it says later is heard", async () => {
  const clock = new FakeClock();
  const errors: unknown[] = [];
  const late = Promise.withResolvers<void>();
  const log = {
    ...silentLogger,
    error(fields: object) {
      errors.push(fields);
      if (errors.length === 2) late.resolve();
    },
  };
  const phases = new StopPhases(clock, log);
  const stuck = Promise.withResolvers<void>();
  let hasEnded = false;
  phases.defer("next", 1_000, () => (hasEnded = true));
  phases.defer("stuck", 500, () => stuck.promise);

  const stopped = phases[Symbol.asyncDispose]();
  await clock.asleep("stop-phase");
  await clock.advance(500);
  await stopped;
  stuck.reject(new Error("late"));
  await late.promise;

  expect(hasEnded).toBe(true);
  expect(errors).toEqual([
    { phase: "stuck", limitMs: 500 },
    { phase: "stuck", err: new Error("late") },
  ]);
});
