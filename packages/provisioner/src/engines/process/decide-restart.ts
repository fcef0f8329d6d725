import { backoffMs, type BackoffPolicy } from "@hearth/base";

/** How often, and after what waits, an agent that ends by itself is started again. */
export interface RestartPolicy extends BackoffPolicy {
  /** How many times within `windowMs`; then it is given up. */
  readonly limit: number;
  readonly windowMs: number;
}

/** Some two minutes of trying for an agent that ends at once; one that dies now and then is always brought back. */
export const usualRestarts: RestartPolicy = { baseMs: 2_000, maxMs: 60_000, limit: 8, windowMs: 15 * 60_000 };

export type RestartDecision =
  /** `attempt` counts from 1. */
  { readonly restart: true; readonly attempt: number; readonly waitMs: number } | { readonly restart: false };

/**
 * What to do for an agent that has just ended and was started again at these times. The first time at once: somebody
 * works there. Pure.
 */
export function decideRestart(
  restartsMs: readonly number[],
  policy: RestartPolicy,
  nowMs: number,
  random: () => number = Math.random,
): RestartDecision {
  const recent = restartsMs.filter((atMs) => nowMs - atMs < policy.windowMs).length;
  if (recent >= policy.limit) return { restart: false };
  return { restart: true, attempt: recent + 1, waitMs: recent === 0 ? 0 : backoffMs(policy, recent, random) };
}
