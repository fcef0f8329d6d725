import { backoffMs, type BackoffPolicy } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import { HearthError, isRetryable } from "./errors.ts";
import type { Logger } from "./logger.ts";
import { Mutex } from "./mutex.ts";
import { once } from "./once.ts";

export interface BatcherOptions<T> {
  /** Names the batcher in logs and its wait in `clock.asleep(name)`. */
  readonly name: string;
  /** A batch leaves as soon as it has this many items, and no batch has more. */
  readonly maxItems: number;
  /** A batch leaves at most this long after its first item came. */
  readonly maxWaitMs: number;
  /** The most items held, those being flushed included; further ones are refused. */
  readonly capacity: number;
  /**
   * Items of one key replace each other while they wait, the newest wins; the key keeps its place in line.
   * Replacing never hits the capacity.
   */
  readonly key?: (item: T) => unknown;
  readonly clock: Clock;
  readonly log: Logger;
  /** Between tries of a batch that failed. @default 0.5 s to 30 s */
  readonly backoff?: BackoffPolicy;
  /** How many tries disposing gives a batch before it is lost, loudly. @default 3 */
  readonly drainAttempts?: number;
  readonly random?: () => number;
}

/** Items that left the batcher without having been flushed. */
export class ItemsLostError extends HearthError {
  override readonly name = "ItemsLostError";
  readonly count: number;

  constructor(batcher: string, count: number, cause: unknown) {
    super(`The batcher "${batcher}" could not write ${count} items and has given them up.`, { cause });
    this.count = count;
  }
}

const defaultBackoff: BackoffPolicy = { baseMs: 500, maxMs: 30_000 };

/**
 * Gathers items and hands them on many at a time.
 *
 * - Flushes never overlap, and items leave in the order they came.
 * - A batch that fails goes back to the front and is tried again after a backoff. When its error says `shouldRetry`
 *   is false it is dropped: counted in `dropped` and logged as an error.
 * - An item is never lost silently: it is refused (`add` gives false, `refused` counts), flushed, or counted as dropped.
 * - Disposing takes no more, flushes what is left with a few tries, and throws {@link ItemsLostError} when they fail.
 */
export class Batcher<T> implements AsyncDisposable {
  readonly #options: BatcherOptions<T>;
  readonly #write: (items: T[]) => Promise<void>;
  /** What waits, by key where there are keys, by a unique symbol where there are none; in order. */
  #waiting = new Map<unknown, T>();
  readonly #mutex = new Mutex();
  #inFlight = 0;
  #failures = 0;
  #refused = 0;
  #dropped = 0;
  #isClosed = false;
  #timer: AbortController | undefined;
  #isFlushingItself = false;
  /** A timer fell due while a flush was going on, so what is left has waited long enough. */
  #isOverdue = false;

  constructor(options: BatcherOptions<T>, write: (items: T[]) => Promise<void>) {
    this.#options = options;
    this.#write = write;
  }

  /** How many items are held: waiting or being written. */
  get size(): number {
    return this.#waiting.size + this.#inFlight;
  }

  /** How many items were refused for want of room, or because the batcher was closed. */
  get refused(): number {
    return this.#refused;
  }

  /** How many accepted items were given up because writing them cannot succeed. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes an item. False, and the item is refused, when the batcher is full or closed. */
  add(item: T): boolean {
    const { key, capacity, maxItems } = this.#options;
    const id = key ? key(item) : Symbol("item");
    if (this.#isClosed || (!this.#waiting.has(id) && this.size >= capacity)) {
      this.#refused++;
      return false;
    }
    this.#waiting.set(id, item);
    if (this.#failures > 0) return true; // a failing writer is tried again after its backoff, not at each item
    if (this.#waiting.size >= maxItems) this.#flushSoon({ to: maxItems - 1 });
    else this.#startTimer(this.#options.maxWaitMs);
    return true;
  }

  /** Writes all that waits now. Rejects with the first failure; what failed is kept and tried again later. */
  flush(): Promise<void> {
    return this.#flushDown({ to: 0 });
  }

  readonly [Symbol.asyncDispose] = once(async () => {
    this.#isClosed = true;
    this.#stopTimer();
    const { clock, name, drainAttempts = 3, backoff = defaultBackoff, random } = this.#options;
    for (let attempt = 1; this.size > 0; attempt++) {
      const before = this.size;
      try {
        await this.flush();
      } catch (error) {
        if (this.size < before) attempt = 0; // some left, written or dropped: the rest gets all its tries
        else if (attempt >= drainAttempts) {
          const count = this.#waiting.size;
          this.#dropped += count;
          this.#waiting.clear();
          throw new ItemsLostError(name, count, error);
        }
        await clock.sleep(backoffMs(backoff, this.#failures, random), { tag: name });
      }
    }
  });

  /** Writes batches until at most `to` of the items that waited when it was called are left. */
  async #flushDown({ to }: { to: number }): Promise<void> {
    using _lock = await this.#mutex.lock();
    this.#stopTimer();
    try {
      // Only what waited when it was called: under steady load a flush would never end otherwise.
      for (let left = this.#waiting.size; left > to; left -= this.#options.maxItems) await this.#writeBatch();
    } finally {
      this.#rearm();
    }
  }

  async #writeBatch(): Promise<void> {
    const batch = new Map<unknown, T>();
    for (const [id, item] of this.#waiting) {
      if (batch.size >= this.#options.maxItems) break;
      batch.set(id, item);
      this.#waiting.delete(id);
    }
    if (batch.size === 0) return;
    this.#inFlight = batch.size;
    try {
      await this.#write([...batch.values()]);
      this.#failures = 0;
    } catch (error) {
      this.#handleFailure(batch, error);
      throw error;
    } finally {
      this.#inFlight = 0;
    }
  }

  #handleFailure(batch: Map<unknown, T>, error: unknown): void {
    const { name, log } = this.#options;
    if (isRetryable(error)) {
      this.#failures++;
      // The newer item of a key that came meanwhile wins: it is set after the old one, in the old one's place.
      this.#waiting = new Map([...batch, ...this.#waiting]);
      log.warn({ batcher: name, items: batch.size, failures: this.#failures, err: error }, "batch failed");
    } else {
      this.#failures = 0;
      this.#dropped += batch.size;
      log.error({ batcher: name, items: batch.size, err: error }, "batch dropped");
    }
  }

  #nextWaitMs(): number {
    const { maxItems, maxWaitMs, backoff = defaultBackoff, random } = this.#options;
    if (this.#failures > 0) return backoffMs(backoff, this.#failures, random);
    return this.#isOverdue || this.#waiting.size >= maxItems ? 0 : maxWaitMs;
  }

  /** Sees to it that what waits is flushed some time. */
  #rearm(): void {
    if (this.#waiting.size === 0 || this.#isClosed || this.#timer) return;
    this.#startTimer(this.#nextWaitMs());
    this.#isOverdue = false;
  }

  #startTimer(waitMs: number): void {
    if (this.#timer) return;
    const timer = new AbortController();
    this.#timer = timer;
    this.#options.clock.sleep(waitMs, { signal: timer.signal, tag: this.#options.name }).then(
      () => {
        if (this.#timer === timer) this.#timer = undefined;
        this.#flushSoon({ to: 0 });
      },
      () => undefined, // stopped: a flush came first
    );
  }

  #stopTimer(): void {
    this.#timer?.abort();
    this.#timer = undefined;
  }

  #flushSoon(until: { to: number }): void {
    if (this.#isFlushingItself) {
      this.#isOverdue ||= until.to === 0;
      return;
    }
    this.#isFlushingItself = true;
    void this.#flushItself(until); // never rejects
  }

  async #flushItself(until: { to: number }): Promise<void> {
    try {
      await this.#flushDown(until);
    } catch {
      // Logged and counted by #handleFailure; #flushDown has set the timer for the next try.
    } finally {
      this.#isFlushingItself = false;
      this.#rearm();
    }
  }
}
