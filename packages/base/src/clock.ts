/** How long a wait may be named and ended early. */
export interface WaitOptions {
  /** Ends the wait early: the promise rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Tells waits apart in tests (`await clock.asleep("prebuilds")`) and in logs. */
  tag?: string | undefined;
}

/** A deadline as a signal. Dispose it when the work is done, so that no timer is left behind. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * The only source of time. Everything that waits takes one, so that tests turn it by hand.
 *
 * `systemClock` is the real one; the fake twin is in `@hearth/base/fake-clock` and passes the same tests.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, options?: WaitOptions): Promise<void>;
  /** A signal that aborts after `ms` with a `TimeoutError`, or with `signal`'s reason when that aborts first. */
  timeout(ms: number, options?: WaitOptions): Deadline;
}
