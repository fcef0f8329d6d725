import { backoffMs } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import type { Logger } from "./logger.ts";
import type { Wake } from "./wake.ts";

/** One pass that ended, for metrics. */
export interface LoopPass {
  readonly name: string;
  readonly durationMs: number;
  /** How many passes in a row have failed, this one included; 0 after a good one. */
  readonly failures: number;
  readonly error?: unknown;
}

export interface LoopOptions {
  /** Names the loop in logs, metrics and `clock.asleep(name)`. */
  readonly name: string;
  /** From the end of one pass to the start of the next. */
  readonly everyMs: number;
  /** The share of `everyMs` by which a wait may be shorter or longer, 0 to 1. @default 0 */
  readonly jitter?: number;
  /** Ends the wait early. */
  readonly wake?: Wake;
  /** Least time between the starts of two passes; wakes that come sooner share one. @default 0 */
  readonly minGapMs?: number;
  /** The longest wait after passes that failed; `everyMs` where that is longer. @default 60 000 */
  readonly longestBackoffMs?: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Told of each pass. Must not throw. */
  readonly onPass?: (pass: LoopPass) => void;
  readonly random?: () => number;
}

/** A loop that fails waits at most this long for its next try, where it does not say otherwise. */
const usualLongestBackoffMs = 60_000;
/** And at least this long, or `everyMs` where that is shorter: a failing loop must not spin. */
const shortestBackoffMs = 1_000;

/**
 * Runs `pass` at once, and again after each wait, until the signal aborts; resolves when the last pass has ended.
 *
 * - A pass never overlaps another. Wakes during a pass cause exactly one more.
 * - A pass that throws is logged and tried again after a backoff with jitter, which wakes do not shorten; it never
 *   ends the loop. What it throws after the signal aborted is not an error.
 */
export async function runLoop(
  options: LoopOptions,
  pass: (context: { signal: AbortSignal }) => Promise<void>,
): Promise<void> {
  const { name, clock, signal, log, onPass, wake, minGapMs = 0, random = Math.random } = options;
  let isWoken = false;
  let nap: AbortController | undefined;
  using _bell = wake?.subscribe(() => {
    isWoken = true;
    nap?.abort();
  });
  let failures = 0;
  while (!signal.aborted) {
    isWoken = false;
    const startedMs = clock.now();
    try {
      await pass({ signal });
      failures = 0;
      onPass?.({ name, durationMs: clock.now() - startedMs, failures });
    } catch (error) {
      if (signal.aborted) return;
      failures++;
      log.warn({ loop: name, failures, err: error }, "loop pass failed");
      onPass?.({ name, durationMs: clock.now() - startedMs, failures, error });
    }
    if (failures > 0) {
      await sleepUnlessAborted(failureWaitMs(options, failures, random), name);
    } else {
      await napUntilWoken();
      const gapMs = startedMs + minGapMs - clock.now();
      if (isWoken && gapMs > 0) await sleepUnlessAborted(gapMs, `${name} gap`);
    }
  }

  async function napUntilWoken(): Promise<void> {
    if (isWoken || signal.aborted) return;
    nap = new AbortController();
    const onAbort = (): void => nap?.abort();
    signal.addEventListener("abort", onAbort, { once: true });
    const waitMs = options.everyMs * (1 + (options.jitter ?? 0) * (2 * random() - 1));
    try {
      await clock.sleep(waitMs, { signal: nap.signal, tag: name });
    } catch (error) {
      if (!nap.signal.aborted) throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
      nap = undefined;
    }
  }

  async function sleepUnlessAborted(ms: number, tag: string): Promise<void> {
    try {
      await clock.sleep(ms, { signal, tag });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

/** How long a loop waits after its `failures`-th failure in a row. Pure. */
export function failureWaitMs(
  { everyMs, longestBackoffMs = usualLongestBackoffMs }: Pick<LoopOptions, "everyMs" | "longestBackoffMs">,
  failures: number,
  random: () => number,
): number {
  const leastMs = Math.min(everyMs, shortestBackoffMs);
  return leastMs + backoffMs({ baseMs: leastMs, maxMs: Math.max(everyMs, longestBackoffMs) }, failures, random);
}
