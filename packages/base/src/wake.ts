/**
 * A bell that loops listen to: it says *that* something changed, never what.
 *
 * Ringing is cheap and never waits; a loop that is busy when it rings makes exactly one more pass. Several loops may
 * listen to one bell; each is woken.
 */
export class Wake {
  readonly #listeners = new Set<() => void>();

  notify(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` at each ring until disposed. */
  subscribe(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }
}
