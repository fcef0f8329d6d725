import { backoffMs, type BackoffPolicy } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import { isRetryable } from "./errors.ts";
import { Heap } from "./heap.ts";
import type { Logger } from "./logger.ts";
import { once } from "./once.ts";

export interface KeyedQueueOptions {
  /** Names the queue in logs and its wait in `clock.asleep(name)`. */
  readonly name: string;
  /** How many keys are worked on at once. */
  readonly concurrency: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Between tries of one key. @default 1 s to 5 min */
  readonly backoff?: BackoffPolicy;
  /** Its abort is told to running work; nothing more is started. */
  readonly signal?: AbortSignal | undefined;
  readonly random?: () => number;
}

/** Works on one key. It reads everything itself; the key is all it is told. */
export type KeyedWork<K> = (
  key: K,
  /** `attempt` is 1 for the first try, one more for each failure since the last success. */
  context: { readonly signal: AbortSignal; readonly attempt: number },
  // A worker may say when to look again; most say nothing, and `undefined` would force them to.
) => Promise<void | { readonly againAfterMs: number }>;

/** What is known of a key that waits, runs, or has failed. */
interface Entry<K> {
  readonly key: K;
  /** When to start (again); `undefined` while it runs and nobody asked for more. */
  dueMs: number | undefined;
  isRunning: boolean;
  failures: number;
}

const defaultBackoff: BackoffPolicy = { baseMs: 1_000, maxMs: 300_000 };

/**
 * Keys to be worked on, each at its time, at most `concurrency` at once.
 *
 * - A key is in line once, at the earliest of the times asked for. It never runs beside itself: asked for while it
 *   runs, it runs once more afterwards.
 * - Work that throws is logged and tried again after a backoff with jitter. An error whose `shouldRetry` is false is
 *   logged and the key let go until it is added again.
 * - Disposing takes no more keys, finishes what is due by now, lets go of what is due later (a later reader of the
 *   truth will find it again), does not retry, and resolves when nothing runs.
 */
export class KeyedQueue<K> implements AsyncDisposable {
  readonly #options: KeyedQueueOptions;
  readonly #work: KeyedWork<K>;
  readonly #entries = new Map<K, Entry<K>>();
  /** May hold out-of-date times of an entry; one counts only while it equals the entry's `dueMs`. */
  readonly #heap = new Heap<{ entry: Entry<K>; dueMs: number; sequence: number }>(
    (a, b) => a.dueMs - b.dueMs || a.sequence - b.sequence,
  );
  readonly #stop = new AbortController();
  readonly #idleWatchers = new Set<() => void>();
  #sequence = 0;
  #running = 0;
  #isClosed = false;
  #alarm: { dueMs: number; cancel: AbortController } | undefined;

  constructor(options: KeyedQueueOptions, work: KeyedWork<K>) {
    this.#options = options;
    this.#work = work;
    const { signal } = options;
    const onAbort = (): void => {
      this.#isClosed = true;
      this.#forgetWaiting();
      this.#stop.abort(signal?.reason);
      this.#pump();
    };
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true, signal: this.#stop.signal });
  }

  /** How many keys wait or run. */
  get size(): number {
    return this.#entries.size;
  }

  /** How many keys run. */
  get running(): number {
    return this.#running;
  }

  /** Asks for the key after `afterMs`, or sooner where someone asked for it sooner. Nothing once disposed. */
  add(key: K, { afterMs = 0 }: { afterMs?: number } = {}): void {
    if (this.#isClosed) return;
    let entry = this.#entries.get(key);
    if (!entry) {
      entry = { key, dueMs: undefined, isRunning: false, failures: 0 };
      this.#entries.set(key, entry);
    }
    this.#schedule(entry, this.#options.clock.now() + afterMs);
    this.#pump();
  }

  /** Forgets a key that waits; what runs goes on and does not run again. */
  delete(key: K): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    entry.dueMs = undefined;
    if (!entry.isRunning) this.#entries.delete(key);
    this.#pump();
  }

  /** Resolves when nothing runs and nothing is due; keys that wait for their time may be left. */
  idle(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.#idleWatchers.add(resolve));
  }

  readonly [Symbol.asyncDispose] = once(async () => {
    this.#isClosed = true;
    const nowMs = this.#options.clock.now();
    for (const entry of this.#entries.values()) {
      if (entry.dueMs !== undefined && entry.dueMs > nowMs) this.delete(entry.key);
    }
    await this.idle();
    this.#stop.abort(new Error(`The queue "${this.#options.name}" is closed.`));
  });

  #schedule(entry: Entry<K>, dueMs: number): void {
    if (entry.dueMs !== undefined && entry.dueMs <= dueMs) return;
    entry.dueMs = dueMs;
    if (!entry.isRunning) this.#heap.push({ entry, dueMs, sequence: this.#sequence++ });
  }

  /** Starts what is due and allowed to run, sets the alarm for what comes next, tells those who wait for idleness. */
  #pump(): void {
    for (;;) {
      const next = this.#peek();
      if (!next || next.dueMs > this.#options.clock.now() || this.#running >= this.#options.concurrency) break;
      this.#heap.pop();
      void this.#run(next.entry); // never rejects
    }
    this.#setAlarm();
    if (!this.#isIdle()) return;
    for (const resolve of this.#idleWatchers) resolve();
    this.#idleWatchers.clear();
  }

  async #run(entry: Entry<K>): Promise<void> {
    entry.isRunning = true;
    entry.dueMs = undefined;
    this.#running++;
    try {
      const result = await this.#work(entry.key, { signal: this.#stop.signal, attempt: entry.failures + 1 });
      entry.failures = 0;
      if (result && !this.#isClosed) this.#schedule(entry, this.#options.clock.now() + result.againAfterMs);
    } catch (error) {
      this.#handleFailure(entry, error);
    }
    this.#running--;
    entry.isRunning = false;
    if (entry.dueMs === undefined) this.#entries.delete(entry.key);
    else this.#heap.push({ entry, dueMs: entry.dueMs, sequence: this.#sequence++ });
    this.#pump();
  }

  #handleFailure(entry: Entry<K>, error: unknown): void {
    const { name, clock, log, random, backoff = defaultBackoff } = this.#options;
    if (this.#stop.signal.aborted) return;
    entry.failures++;
    const canRetry = isRetryable(error);
    log.warn({ queue: name, key: entry.key, failures: entry.failures, canRetry, err: error }, "queued work failed");
    if (!canRetry) entry.failures = 0;
    else if (!this.#isClosed) this.#schedule(entry, clock.now() + backoffMs(backoff, entry.failures, random));
  }

  /** The next key by time, past what is out of date. */
  #peek(): { entry: Entry<K>; dueMs: number } | undefined {
    for (;;) {
      const next = this.#heap.peek();
      if (!next) return undefined;
      const { entry, dueMs } = next;
      if (entry.dueMs === dueMs && !entry.isRunning && this.#entries.get(entry.key) === entry) return next;
      this.#heap.pop();
    }
  }

  #setAlarm(): void {
    const next = this.#peek();
    const dueMs = next && this.#running < this.#options.concurrency ? next.dueMs : undefined;
    if (this.#alarm?.dueMs === dueMs) return;
    this.#alarm?.cancel.abort();
    this.#alarm = undefined;
    if (dueMs === undefined) return;
    const alarm = { dueMs, cancel: new AbortController() };
    this.#alarm = alarm;
    const { clock, name } = this.#options;
    clock.sleep(dueMs - clock.now(), { signal: alarm.cancel.signal, tag: name }).then(
      () => {
        if (this.#alarm === alarm) this.#alarm = undefined;
        this.#pump();
      },
      () => undefined, // cancelled: an earlier key, or none, took its place
    );
  }

  #forgetWaiting(): void {
    for (const entry of this.#entries.values()) {
      entry.dueMs = undefined;
      if (!entry.isRunning) this.#entries.delete(entry.key);
    }
  }

  #isIdle(): boolean {
    const next = this.#peek();
    return this.#running === 0 && (next === undefined || next.dueMs > this.#options.clock.now());
  }
}
