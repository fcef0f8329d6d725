import { Mutex } from "@hearth/base";

/** One at a time for each key. A key is forgotten when nobody holds or wants it. */
export class KeyedLock<K> {
  readonly #locks = new Map<K, { readonly mutex: Mutex; users: number }>();

  /** Runs `fn` while holding the key's lock. Rejects with the signal's reason when it aborts first. */
  async run<T>(key: K, signal: AbortSignal, fn: () => Promise<T>): Promise<T> {
    const lock = this.#locks.get(key) ?? { mutex: new Mutex(), users: 0 };
    this.#locks.set(key, lock);
    lock.users++;
    try {
      return await lock.mutex.run(fn, { signal });
    } finally {
      if (--lock.users === 0) this.#locks.delete(key);
    }
  }
}
