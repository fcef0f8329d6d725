import type { Clock, Deadline, WaitOptions } from "./clock.ts";
import { Heap } from "./heap.ts";
import { timeoutError } from "./system-clock.ts";

/** A wait that has not ended, as `FakeClock.pending()` tells it. */
export interface PendingWait {
  readonly kind: "sleep" | "timeout";
  readonly tag: string | undefined;
  readonly dueMs: number;
}

interface Timer extends PendingWait {
  readonly sequence: number;
  readonly fire: () => void;
}

/**
 * Time that moves only when a test says so.
 *
 * - Time never jumps past a timer: {@link advance} stops at each one that is due, in order, fires it, and lets the
 *   code it wakes run before it goes on, so a timer set by that code fires at *its* time, too.
 * - What woken code does with the outside world (a query, a socket) takes real time that the clock cannot see. Wait
 *   for it with {@link asleep} before moving on: `await clock.asleep("prebuilds"); await clock.advance(15_000);`
 * - A wait of 0 ms or less ends without the clock being moved.
 */
export class FakeClock implements Clock {
  #nowMs: number;
  #sequence = 0;
  readonly #timers = new Set<Timer>();
  readonly #heap = new Heap<Timer>((a, b) => a.dueMs - b.dueMs || a.sequence - b.sequence);
  readonly #watchers = new Set<{ tag: string; resolve: () => void }>();

  /** `startMs` is milliseconds since the Unix epoch; by default 2026-01-01T00:00:00Z, a Thursday. */
  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  sleep(ms: number, { signal, tag }: WaitOptions = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const cancel = this.#start("sleep", ms, tag, () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
      function onAbort(): void {
        cancel();
        reject(signal?.reason);
      }
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  timeout(ms: number, { signal, tag }: WaitOptions = {}): Deadline {
    const controller = new AbortController();
    let cancel = (): void => undefined;
    function onAbort(): void {
      end(signal?.reason);
    }
    function end(reason: unknown): void {
      dispose();
      controller.abort(reason);
    }
    function dispose(): void {
      cancel();
      signal?.removeEventListener("abort", onAbort);
    }
    if (signal?.aborted) {
      end(signal.reason);
    } else {
      signal?.addEventListener("abort", onAbort, { once: true });
      cancel = this.#start("timeout", ms, tag, () => {
        end(timeoutError(ms, tag));
      });
    }
    return { signal: controller.signal, [Symbol.dispose]: dispose };
  }

  /** Moves time by `ms`, firing what falls due on the way in order; resolves when the woken code has come to rest. */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError(`The clock cannot be moved by ${ms} ms; time only goes forward.`);
    const targetMs = this.#nowMs + ms;
    for (;;) {
      await settle();
      const next = this.#next();
      if (!next || next.dueMs > targetMs) break;
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      this.#fire(next);
    }
    this.#nowMs = targetMs;
    await settle();
  }

  /** Moves to the next timer and fires it, and the others of the same instant. @throws when nothing waits. */
  async advanceToNext(): Promise<void> {
    await settle();
    const dueMs = this.nextDueMs();
    if (dueMs === undefined) throw new Error("The clock has no timer to move to: nothing waits.");
    await this.advance(Math.max(0, dueMs - this.#nowMs));
  }

  /** Resolves once something waits (`sleep` or `timeout`) under the tag; at once when something already does. */
  asleep(tag: string): Promise<void> {
    for (const timer of this.#timers) if (timer.tag === tag) return Promise.resolve();
    return new Promise((resolve) => this.#watchers.add({ tag, resolve }));
  }

  /** Every wait that has not ended, soonest first. A test that leaves one behind has a leak. */
  pending(): PendingWait[] {
    return [...this.#timers]
      .toSorted((a, b) => a.dueMs - b.dueMs || a.sequence - b.sequence)
      .map(({ kind, tag, dueMs }) => ({ kind, tag, dueMs }));
  }

  /** When the next timer falls due, in milliseconds since the epoch; `undefined` when nothing waits. */
  nextDueMs(): number | undefined {
    return this.#next()?.dueMs;
  }

  #start(kind: Timer["kind"], ms: number, tag: string | undefined, fire: () => void): () => void {
    if (Number.isNaN(ms)) throw new RangeError("A wait needs a number of milliseconds, not NaN.");
    if (ms <= 0) {
      let cancelled = false;
      queueMicrotask(() => {
        if (!cancelled) fire();
      });
      return () => {
        cancelled = true;
      };
    }
    const timer: Timer = { kind, tag, dueMs: this.#nowMs + ms, sequence: this.#sequence++, fire };
    this.#timers.add(timer);
    this.#heap.push(timer);
    for (const watcher of this.#watchers) {
      if (watcher.tag !== tag) continue;
      this.#watchers.delete(watcher);
      watcher.resolve();
    }
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** The next live timer; cancelled ones are thrown out of the heap only when they come to its top. */
  #next(): Timer | undefined {
    for (;;) {
      const next = this.#heap.peek();
      if (!next || this.#timers.has(next)) return next;
      this.#heap.pop();
    }
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    timer.fire();
  }
}

/**
 * Lets all promise callbacks that are ready run, and those they make ready: one real turn of the event loop.
 * By a message to ourselves, because a timer of 0 ms takes a whole one, and tests advance thousands of times.
 */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener("message", () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(undefined);
  });
}
