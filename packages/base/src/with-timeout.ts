import type { Clock, WaitOptions } from "./clock.ts";

/**
 * Runs `fn` under a deadline. `fn` gets a signal that aborts after `ms` (`TimeoutError`) or with the outer signal, and
 * must heed it: the result waits for `fn` to end, so nothing is left running behind the caller's back.
 */
export async function withTimeout<T>(
  fn: (signal: AbortSignal) => Promise<T>,
  { ms, clock, ...options }: WaitOptions & { ms: number; clock: Clock },
): Promise<T> {
  using deadline = clock.timeout(ms, options);
  return await fn(deadline.signal);
}
