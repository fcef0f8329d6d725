import type { Clock } from "./clock.ts";
import { isRetryable } from "./errors.ts";

/** How waits between tries grow: attempt 1 waits up to `baseMs`, each further one `factor` times that, up to `maxMs`. */
export interface BackoffPolicy {
  readonly baseMs: number;
  readonly maxMs: number;
  /** @default 2 */
  readonly factor?: number;
}

/**
 * How long to wait after the `attempt`-th failure in a row (1 is the first): anywhere up to the policy's limit for that
 * attempt ("full jitter"), so that many who failed together do not come back together. Whole milliseconds, at least 1:
 * a wait of nothing would be none.
 */
export function backoffMs(policy: BackoffPolicy, attempt: number, random: () => number = Math.random): number {
  const limitMs = Math.min(policy.maxMs, policy.baseMs * (policy.factor ?? 2) ** Math.max(0, attempt - 1));
  return Math.max(1, Math.floor(random() * limitMs));
}

export interface RetryOptions {
  readonly policy: BackoffPolicy;
  /** How many tries in all. @default Infinity */
  readonly attempts?: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** @default {@link isRetryable} */
  readonly shouldRetry?: (error: unknown, attempt: number) => boolean;
  /** Told of each failure that will be tried again. */
  readonly onRetry?: (failure: { error: unknown; attempt: number; waitMs: number }) => void;
  /** Names the wait. @default "retry" */
  readonly tag?: string;
  readonly random?: () => number;
}

/**
 * Calls `fn` until it succeeds. Rejects with its last error when the attempts are used up or the error is not worth
 * another try, and with the signal's reason when that aborts between tries.
 */
export async function retry<T>(
  fn: (context: { attempt: number; signal: AbortSignal }) => Promise<T>,
  options: RetryOptions,
): Promise<T> {
  const { clock, signal, attempts = Infinity, shouldRetry = isRetryable, tag = "retry" } = options;
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await fn({ attempt, signal });
    } catch (error) {
      if (signal.aborted || attempt >= attempts || !shouldRetry(error, attempt)) throw error;
      const waitMs = backoffMs(options.policy, attempt, options.random);
      options.onRetry?.({ error, attempt, waitMs });
      await clock.sleep(waitMs, { signal, tag });
    }
  }
}
