import { expect, test, vi } from "vitest";
import { once } from "./once.ts";

test("the work is done once and everyone waits for it", async () => {
  const gate = Promise.withResolvers<string>();
  const fn = vi.fn(() => gate.promise);
  const stop = once(fn);

  const both = Promise.all([stop(), stop()]);
  gate.resolve("stopped");

  await expect(both).resolves.toEqual(["stopped", "stopped"]);
  await expect(stop()).resolves.toBe("stopped");
  expect(fn).toHaveBeenCalledTimes(1);
});

test("a failure is everyone's, too", async () => {
  const stop = once(() => Promise.reject(new Error("stuck")));

  await expect(stop()).rejects.toThrow("stuck");
  await expect(stop()).rejects.toThrow("stuck");
});
