/** More ids than this are not kept apart: whoever asks about older times is told that anything may have changed. */
const mostIds = 10_000;

/**
 * What was heard of which id, and when: for whoever read something, did other things, and now asks whether it still
 * holds. Times are counted, not measured. Pure state.
 */
export class HeardSince {
  readonly #mostIds: number;
  #now = 0;
  /** Of everything up to here it is only known that something was heard. */
  #forgotten = 0;
  /** In the order of their last time. */
  readonly #last = new Map<string, number>();

  constructor(most = mostIds) {
    this.#mostIds = most;
  }

  /** Now, for {@link any}. Take it before reading what may change. */
  mark(): number {
    return this.#now;
  }

  note(id: string): void {
    this.#last.delete(id);
    this.#last.set(id, ++this.#now);
    if (this.#last.size <= this.#mostIds) return;
    for (const [oldest, heardAt] of this.#last) {
      this.#last.delete(oldest);
      this.#forgotten = heardAt;
      return;
    }
  }

  /** Messages were lost: anything may have changed. */
  noteAll(): void {
    this.#forgotten = ++this.#now;
    this.#last.clear();
  }

  /** What was heard of after the mark, in the order of its last time; undefined when that may be more than is known. */
  since(mark: number): string[] | undefined {
    if (this.#forgotten > mark) return undefined;
    return [...this.#last].filter(([, heardAt]) => heardAt > mark).map(([id]) => id);
  }

  /** Whether one of the ids was heard of, or may have been, after the mark. */
  any(mark: number, ids: readonly string[]): boolean {
    return this.#forgotten > mark || ids.some((id) => (this.#last.get(id) ?? 0) > mark);
  }
}
