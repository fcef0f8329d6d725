/**
 * Values that never change for their key, read once and kept, up to a number; the one used longest ago goes first. Who asks
 * while a value is being read gets the same read. A read that fails is not kept: the next one who asks reads again.
 */
export class Kept<Value> {
  readonly #most: number;
  readonly #values = new Map<string, Promise<Value>>();

  constructor(most: number) {
    this.#most = most;
  }

  async get(key: string, read: () => Promise<Value>): Promise<Value> {
    const known = this.#values.get(key);
    const value = known ?? read();
    // The order of the map is that of use.
    this.#values.delete(key);
    this.#values.set(key, value);
    if (known === undefined) {
      value.catch(() => {
        if (this.#values.get(key) === value) this.#values.delete(key);
      });
      const [oldest] = this.#values.keys();
      if (oldest !== undefined && this.#values.size > this.#most) this.#values.delete(oldest);
    }
    return await value;
  }
}
