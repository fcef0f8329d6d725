import { Semaphore } from "./semaphore.ts";

/**
 * One at a time, in the order of asking. `using _ = await mutex.lock({ signal });`
 *
 * Not reentrant: whoever holds it and asks again waits for itself.
 */
export class Mutex {
  readonly #seat = new Semaphore(1);

  /** Resolves when the lock is held; dispose the result to let go (twice is harmless). Rejects with the signal's reason. */
  async lock(options: { signal?: AbortSignal | undefined } = {}): Promise<Disposable> {
    return await this.#seat.take(options);
  }

  /** Runs `fn` while holding the lock. */
  async run<T>(fn: () => Promise<T>, options: { signal?: AbortSignal | undefined } = {}): Promise<T> {
    using _lock = await this.lock(options);
    return await fn();
  }
}
