import type { Logger } from "@hearth/base";

export interface PoolOptions<T> {
  /** For the log: what cannot be had when making it fails. */
  readonly name: string;
  /** Made anew as soon as fewer than this many are left. */
  readonly lowWater: number;
  /** Makes some more. When it fails the pool stays empty for good: what is not possible here will not become so. */
  readonly make: () => Promise<readonly T[]>;
  readonly destroy: (item: T) => void;
  readonly log: Logger;
}

/** Things made in advance, because making one takes longer than there is time when it is needed. */
export class Pool<T> implements Disposable {
  readonly #options: PoolOptions<T>;
  readonly #items: T[] = [];
  #filling: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: PoolOptions<T>) {
    this.#options = options;
  }

  /** One of them, or nothing when none is ready. */
  take(): T | undefined {
    const item = this.#items.pop();
    if (this.#items.length < this.#options.lowWater) void this.fill();
    return item;
  }

  /** Resolves when there are some more or that has failed; never rejects. */
  fill(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return (this.#filling ??= this.#fill().finally(() => (this.#filling = undefined)));
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    for (const item of this.#items.splice(0)) this.#options.destroy(item);
  }

  async #fill(): Promise<void> {
    const { name, make, destroy, log } = this.#options;
    try {
      for (const item of await make()) {
        if (this.#isClosed) destroy(item);
        else this.#items.push(item);
      }
    } catch (error) {
      this.#isClosed = true;
      log.warn({ err: error, pool: name }, "nothing can be made in advance here; there is a slower or plainer way");
    }
  }
}
