import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { backoffMs, retry, type RetryOptions } from "./backoff.ts";
import { HearthError } from "./errors.ts";
import { FakeClock } from "./fake-clock.ts";

const policy = { baseMs: 100, maxMs: 1_000 };

describe("backoffMs", () => {
  test.for([
    { attempt: 1, limitMs: 100 },
    { attempt: 2, limitMs: 200 },
    { attempt: 3, limitMs: 400 },
    { attempt: 4, limitMs: 800 },
    { attempt: 5, limitMs: 1_000 },
    { attempt: 5_000, limitMs: 1_000 },
    { attempt: 0, limitMs: 100 },
  ])("attempt $attempt waits up to $limitMs ms", ({ attempt, limitMs }) => {
    expect(backoffMs(policy, attempt, () => 0)).toBe(1);
    expect(backoffMs(policy, attempt, () => 0.5)).toBe(limitMs / 2);
    expect(backoffMs(policy, attempt, () => 1 - Number.EPSILON)).toBe(limitMs - 1);
  });

  test("waits are whole, at least a millisecond, never over the maximum, and their limit never shrinks", () => {
    const policies = fc.record({
      baseMs: fc.integer({ min: 1, max: 10_000 }),
      maxMs: fc.integer({ min: 1, max: 10_000_000 }),
      factor: fc.double({ min: 1, max: 10, noNaN: true }),
    });
    const shares = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 2_000 }), shares, (anyPolicy, attempt, share) => {
        const waitMs = backoffMs(anyPolicy, attempt, () => share);
        expect(Number.isInteger(waitMs)).toBe(true);
        expect(waitMs).toBeGreaterThanOrEqual(1);
        expect(waitMs).toBeLessThanOrEqual(anyPolicy.maxMs);
        expect(backoffMs(anyPolicy, attempt + 1, () => share)).toBeGreaterThanOrEqual(waitMs);
      }),
    );
  });
});

describe("retry", () => {
  function setUp(options: Partial<RetryOptions> = {}): {
    clock: FakeClock;
    stop: AbortController;
    options: RetryOptions;
  } {
    const clock = new FakeClock(0);
    const stop = new AbortController();
    return { clock, stop, options: { policy, clock, signal: stop.signal, random: () => 0.5, ...options } };
  }

  test("the first success is the result, and nothing waits", async () => {
    const { options } = setUp();

    await expect(retry(async ({ attempt }) => attempt, options)).resolves.toBe(1);
  });

  test("each failure waits longer, until it succeeds", async () => {
    const { clock, options } = setUp();
    const triedAtMs: number[] = [];

    const result = retry(async ({ attempt }) => {
      triedAtMs.push(clock.now());
      if (attempt < 4) throw new Error("not yet");
      return "there";
    }, options);
    await clock.advance(10_000);

    await expect(result).resolves.toBe("there");
    expect(triedAtMs).toEqual([0, 50, 150, 350]);
  });

  test("the last error is thrown when the attempts are used up", async () => {
    const { clock, options } = setUp({ attempts: 3 });
    const onRetry = vi.fn();

    const result = retry(({ attempt }) => Promise.reject(new Error(`failure ${attempt}`)), { ...options, onRetry });
    const outcome = expect(result).rejects.toThrow("failure 3");
    await clock.advance(10_000);

    await outcome;
    expect(onRetry.mock.calls.map(([failure]) => failure.waitMs)).toEqual([50, 100]);
  });

  test("an error that says it is not worth another try is thrown at once", async () => {
    const { options } = setUp();
    const fn = vi.fn(() => Promise.reject(new HearthError("gone for good", { cause: undefined })));

    await expect(retry(fn, options)).rejects.toThrow("gone for good");
    expect(fn).toHaveBeenCalledTimes(1);
  });

  test("the caller's own rule decides when there is one", async () => {
    const { options } = setUp({ shouldRetry: (error) => error !== "fatal" });
    const fn = vi.fn(() => Promise.reject<never>("fatal"));

    await expect(retry(fn, options)).rejects.toBe("fatal");
    expect(fn).toHaveBeenCalledTimes(1);
  });

  test("an abort ends the wait between tries with the signal's reason", async () => {
    const { clock, stop, options } = setUp({ tag: "redial" });

    const result = retry(() => Promise.reject(new Error("no")), options);
    await clock.asleep("redial");
    stop.abort("closing");

    await expect(result).rejects.toBe("closing");
    expect(clock.pending()).toEqual([]);
  });

  test("nothing is tried once the signal has aborted", async () => {
    const { options } = setUp({ signal: AbortSignal.abort("closed") });
    const fn = vi.fn(() => Promise.resolve());

    await expect(retry(fn, options)).rejects.toBe("closed");
    expect(fn).not.toHaveBeenCalled();
  });
});
