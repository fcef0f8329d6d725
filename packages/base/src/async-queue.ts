/**
 * A bounded line from whoever produces to one consumer, who reads it with `for await`.
 *
 * - Items come out in the order they went in; nothing is lost but what `push` refused.
 * - After `close()` what is in line is still delivered, then the iteration ends; with an error it throws that instead.
 * - A consumer that leaves the loop closes the queue and forgets what is in line.
 */
export class AsyncQueue<T> implements AsyncIterable<T, void, undefined> {
  readonly #capacity: number;
  readonly #items: T[] = [];
  #head = 0;
  #end: { error: unknown } | undefined;
  #wakeConsumer: (() => void) | undefined;
  #hasConsumer = false;

  constructor({ capacity }: { capacity: number }) {
    this.#capacity = capacity;
  }

  /** How many items are in line. */
  get size(): number {
    return this.#items.length - this.#head;
  }

  get isClosed(): boolean {
    return this.#end !== undefined;
  }

  /** Puts an item in line. False, and the item is not taken, when the line is full or closed. */
  push(item: T): boolean {
    if (this.#end || this.size >= this.#capacity) return false;
    this.#items.push(item);
    this.#wake();
    return true;
  }

  /** Takes no more. The first call counts. */
  close(error?: unknown): void {
    if (this.#end) return;
    this.#end = { error };
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    if (this.#hasConsumer) throw new Error("An AsyncQueue has one consumer; make a queue for each.");
    this.#hasConsumer = true;
    try {
      for (;;) {
        while (this.size > 0) yield this.#take();
        if (this.#end) break;
        await new Promise<void>((resolve) => (this.#wakeConsumer = resolve));
      }
      if (this.#end.error !== undefined) throw this.#end.error;
    } finally {
      this.close();
      this.#items.length = 0;
      this.#head = 0;
    }
  }

  /** The first item. The array is cut only now and then: `shift()` moves every element of a long one. */
  #take(): T {
    const item = this.#items[this.#head] as T; // the callers have looked at `size`
    this.#head++;
    // An empty line holds nothing of what went through it.
    if (this.#head === this.#items.length || (this.#head > 64 && this.#head * 2 > this.#items.length)) {
      this.#items.splice(0, this.#head);
      this.#head = 0;
    }
    return item;
  }

  #wake(): void {
    this.#wakeConsumer?.();
    this.#wakeConsumer = undefined;
  }
}
