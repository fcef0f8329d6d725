import { withTimeout, type Clock } from "@hearth/base";
import type { Client } from "../client.ts";
import type { OpenWebSocket } from "../commands/index.ts";

/** How long to wait, and what ends it before. */
export interface WaitOptions {
  /** In milliseconds; then it rejects with a `TimeoutError`. */
  readonly timeoutMs?: number | undefined;
  /** Gives it up; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What everything of one `Hearth` shares. */
export interface Ground {
  readonly client: Client;
  readonly clock: Clock;
  /** How WebSockets are opened here; the platform's own where there is no other. */
  readonly openSocket: OpenWebSocket | undefined;
}

/** What one step needs. */
export interface Means extends Ground {
  readonly signal: AbortSignal;
}

/** Builds of real infrastructure take minutes. */
export const longestBuildMs = 15 * 60_000;

/** Runs `fn` with a signal that ends with the caller's, or after the time. */
export async function within<T>(
  ground: Ground,
  { timeoutMs = longestBuildMs, signal }: WaitOptions,
  what: string,
  fn: (means: Means) => Promise<T>,
): Promise<T> {
  const limits = { ms: timeoutMs, clock: ground.clock, signal, tag: what };
  return await withTimeout(async (bounded) => {
    bounded.throwIfAborted();
    return await fn({ ...ground, signal: bounded });
  }, limits);
}
