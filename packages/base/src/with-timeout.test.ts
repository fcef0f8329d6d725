import { expect, test } from "vitest";
import { FakeClock } from "./fake-clock.ts";
import { withTimeout } from "./with-timeout.ts";

test("what ends in time gives its result and leaves no timer behind", async () => {
  const clock = new FakeClock();

  await expect(withTimeout(async () => "done", { ms: 100, clock })).resolves.toBe("done");

  expect(clock.pending()).toEqual([]);
});

test("what takes too long is told to stop", async () => {
  const clock = new FakeClock();

  const result = withTimeout((signal) => clock.sleep(1_000, { signal }), { ms: 100, clock, tag: "The dial" });
  const outcome = expect(result).rejects.toThrow("The dial took longer than 100 ms.");
  await clock.advance(100);

  await outcome;
  expect(clock.pending()).toEqual([]);
});

test("the outer signal stops it, too", async () => {
  const clock = new FakeClock();
  const stop = new AbortController();

  const result = withTimeout((signal) => clock.sleep(1_000, { signal }), { ms: 100, clock, signal: stop.signal });
  stop.abort("closing");

  await expect(result).rejects.toBe("closing");
});
