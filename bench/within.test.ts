import { FakeClock } from "@hearth/base/fake-clock";
import { expect, test } from "vitest";
import { InVain, within } from "./within.ts";

test("what comes in time is passed on, and so is its failure; no timer is left", async () => {
  const clock = new FakeClock();

  expect(await within("a number", Promise.resolve(7), 1_000, clock)).toBe(7);
  await expect(within("an error", Promise.reject(new Error("no")), 1_000, clock)).rejects.toThrow("no");
  expect(clock.pending()).toEqual([]);
});

test("what does not come is named", async () => {
  const clock = new FakeClock();
  const told = within("the agent", new Promise<void>(() => undefined), 1_000, clock).catch((error: unknown) => error);

  await clock.asleep("within");
  await clock.advance(1_000);

  expect(await told).toEqual(new InVain("Waited 1 s in vain for the agent."));
});
