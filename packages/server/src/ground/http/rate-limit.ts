import type { Clock } from "@hearth/base";

const windowMs = 60_000;

export interface RateVerdict {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until the window ends. */
  readonly retryAfterSeconds: number;
}

/**
 * Counts requests of a caller in windows of a minute. In memory and of this replica alone: the limit protects the server,
 * it is no quota. Counts of past windows are dropped when a new one begins.
 */
export class RateLimiter {
  readonly #clock: Clock;
  #window = 0;
  #counts = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts one request of `caller` in `bucket`. A limit of 0 or less allows everything. */
  take(bucket: string, caller: string, limit: number): RateVerdict {
    const now = this.#clock.now();
    const window = Math.floor(now / windowMs);
    if (window !== this.#window) {
      this.#window = window;
      this.#counts = new Map();
    }
    const retryAfterSeconds = Math.ceil(((window + 1) * windowMs - now) / 1000);
    if (limit <= 0) return { allowed: true, limit: 0, remaining: 0, retryAfterSeconds };
    const key = `${bucket} ${caller}`;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return { allowed: count <= limit, limit, remaining: Math.max(0, limit - count), retryAfterSeconds };
  }
}
