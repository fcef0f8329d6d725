/**
 * So many at a time, in the order of asking. `using _ = await semaphore.take({ signal });`
 *
 * Not reentrant: whoever holds all seats and asks again waits for itself.
 */
export class Semaphore {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(seats: number) {
    this.#free = seats;
  }

  /** Resolves when there is a seat; dispose the result to let go (twice is harmless). Rejects with the signal's reason. */
  async take({ signal }: { signal?: AbortSignal | undefined } = {}): Promise<Disposable> {
    signal?.throwIfAborted();
    if (this.#free === 0) await this.#turn(signal);
    else this.#free--;
    let isReleased = false;
    return {
      [Symbol.dispose]: () => {
        if (isReleased) return;
        isReleased = true;
        this.#release();
      },
    };
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

  /** Hands the seat to the next in line without ever letting it look free, so nobody can slip in between. */
  #release(): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#free++;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
