/**
 * One at a time, in the order of asking. `using _ = await mutex.lock({ signal });`
 *
 * Not reentrant: whoever holds it and asks again waits for itself.
 */
export class Mutex {
  #isHeld = false;
  readonly #waiting = new Set<() => void>();

  /** Resolves when the lock is held; dispose the result to let go (twice is harmless). Rejects with the signal's reason. */
  async lock({ signal }: { signal?: AbortSignal | undefined } = {}): Promise<Disposable> {
    signal?.throwIfAborted();
    if (this.#isHeld) await this.#turn(signal);
    this.#isHeld = true;
    let isReleased = false;
    return {
      [Symbol.dispose]: () => {
        if (isReleased) return;
        isReleased = true;
        this.#release();
      },
    };
  }

  /** Runs `fn` while holding the lock. */
  async run<T>(fn: () => Promise<T>, options: { signal?: AbortSignal | undefined } = {}): Promise<T> {
    using _lock = await this.lock(options);
    return await fn();
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const next = (): void => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      const onAbort = (): void => {
        this.#waiting.delete(next);
        reject(signal?.reason);
      };
      this.#waiting.add(next);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Hands the lock to the next in line without ever letting it look free, so nobody can slip in between. */
  #release(): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#isHeld = false;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
