/** Who is there under which key. A key under which nobody is left takes no room. */
export class SetsByKey<Value> {
  readonly #byKey = new Map<string, Set<Value>>();

  /** How many keys have values. */
  get size(): number {
    return this.#byKey.size;
  }

  /** Those under the key; none where it has none. */
  get(key: string): ReadonlySet<Value> {
    return this.#byKey.get(key) ?? new Set();
  }

  add(key: string, value: Value): void {
    this.#byKey.set(key, (this.#byKey.get(key) ?? new Set()).add(value));
  }

  /** What is not there is nothing to delete. */
  delete(key: string, value: Value): void {
    const there = this.#byKey.get(key);
    there?.delete(value);
    if (there?.size === 0) this.#byKey.delete(key);
  }
}
