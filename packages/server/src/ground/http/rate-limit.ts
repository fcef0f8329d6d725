import { randomUUID } from "node:crypto";
import type { Clock } from "@hearth/base";
import type { PubSub } from "../pubsub/index.ts";

const windowMs = 60_000;
/** A replica tells the others each time a caller has spent another of so many parts of its limit there. */
const parts = 20;

export interface RateVerdict {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until the window ends. */
  readonly retryAfterSeconds: number;
}

/** Of one caller in one bucket, within the window. */
interface Spent {
  here: number;
  /** How much of it the other replicas were told of. */
  told: number;
  /** As the others have told, by their ids. */
  readonly elsewhere: Map<string, number>;
}

/**
 * Counts requests of a caller in windows of a minute, over all replicas: each counts its own in memory, and tells the others
 * when a twentieth of the limit was spent there. So a caller has its limit wherever it comes in, give or take a twentieth
 * for each other replica, nobody asks the database, and who asks little is told of to nobody. Counts of past windows are
 * dropped when a new one begins.
 */
export class RateLimiter implements Disposable {
  readonly #clock: Clock;
  readonly #pubsub: PubSub;
  readonly #id = randomUUID();
  readonly #hearing: Disposable;
  #window = 0;
  #spent = new Map<string, Spent>();

  constructor({ clock, pubsub }: { readonly clock: Clock; readonly pubsub: PubSub }) {
    this.#clock = clock;
    this.#pubsub = pubsub;
    this.#hearing = pubsub.subscribe("rate_spent", "*", {
      onMessage: ({ from, window, bucket, caller, count }) => {
        if (from === this.#id || window !== this.#turn()) return;
        const { elsewhere } = this.#of(bucket, caller);
        elsewhere.set(from, Math.max(count, elsewhere.get(from) ?? 0));
      },
      onDropped: () => undefined, // the next twentieth tells the whole count
    });
  }

  /** Counts one request of `caller` in `bucket`. A limit of 0 or less allows everything. */
  take(bucket: string, caller: string, limit: number): RateVerdict {
    const window = this.#turn();
    const retryAfterSeconds = Math.ceil(((window + 1) * windowMs - this.#clock.now()) / 1000);
    if (limit <= 0) return { allowed: true, limit: 0, remaining: 0, retryAfterSeconds };
    const spent = this.#of(bucket, caller);
    spent.here++;
    if (spent.told < limit && spent.here - spent.told >= Math.max(1, Math.floor(limit / parts))) {
      spent.told = spent.here;
      this.#pubsub.publish("rate_spent", "", { from: this.#id, window, bucket, caller, count: spent.here });
    }
    let count = spent.here;
    for (const there of spent.elsewhere.values()) count += there;
    return { allowed: count <= limit, limit, remaining: Math.max(0, limit - count), retryAfterSeconds };
  }

  [Symbol.dispose](): void {
    this.#hearing[Symbol.dispose]();
  }

  /** The window that it is now. */
  #turn(): number {
    const window = Math.floor(this.#clock.now() / windowMs);
    if (window !== this.#window) {
      this.#window = window;
      this.#spent = new Map();
    }
    return window;
  }

  #of(bucket: string, caller: string): Spent {
    const key = `${bucket} ${caller}`;
    const spent = this.#spent.get(key) ?? { here: 0, told: 0, elsewhere: new Map<string, number>() };
    this.#spent.set(key, spent);
    return spent;
  }
}
