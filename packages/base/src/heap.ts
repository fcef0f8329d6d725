/** A binary heap: the smallest by `compare` comes out first. Adding and taking cost O(log n). */
export class Heap<T> {
  readonly #items: T[] = [];
  readonly #compare: (a: T, b: T) => number;

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#items.length;
  }

  /** The smallest item, left in its place. */
  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    let at = this.#items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** Takes the smallest item out. */
  pop(): T | undefined {
    const last = this.#items.length - 1;
    if (last > 0) this.#swap(0, last);
    const taken = this.#items.pop();
    let at = 0;
    for (;;) {
      let smallest = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.#items.length && this.#isBefore(child, smallest)) smallest = child;
      }
      if (smallest === at) return taken;
      this.#swap(at, smallest);
      at = smallest;
    }
  }

  #isBefore(a: number, b: number): boolean {
    // Both indexes are below the length wherever this is called.
    return this.#compare(this.#items[a] as T, this.#items[b] as T) < 0;
  }

  #swap(a: number, b: number): void {
    const held = this.#items[a] as T; // in range, as above
    this.#items[a] = this.#items[b] as T;
    this.#items[b] = held;
  }
}
