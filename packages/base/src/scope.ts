/**
 * The span of one piece of work, as a signal: it aborts with the first of its sources, or when the work is over.
 *
 * The one way to join signals (house rule `scoped-abort`). `AbortSignal.any` makes one that nobody can end: as long as a
 * source may still abort, the platform keeps it together with everything that listens on it, and for a source that lives
 * as long as the program that is for ever. A scope is ended by whoever made it, `using` or by hand; from then on its
 * sources do not know it any more, and whoever still listens has been told.
 */
export class Scope implements Disposable {
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #sources: readonly Disposable[];

  constructor(...sources: readonly (AbortSignal | undefined)[]) {
    this.signal = this.#controller.signal;
    const given = sources.filter((source) => source !== undefined);
    const aborted = given.find((source) => source.aborted);
    if (aborted) this.#controller.abort(aborted.reason);
    this.#sources = aborted ? [] : given.map((source) => onAbort(source, () => this.end(source.reason)));
  }

  /** Ends it, with what the signal's `reason` says. The first end counts. */
  end(reason: unknown = scopeEnded): void {
    for (const source of this.#sources) source[Symbol.dispose]();
    if (!this.signal.aborted) this.#controller.abort(reason);
  }

  [Symbol.dispose](): void {
    this.end();
  }
}

/** Calls `listener` once when the signal aborts, at once when it has. Dispose it when the work it belongs to is over. */
export function onAbort(signal: AbortSignal, listener: () => void): Disposable {
  if (signal.aborted) listener();
  else signal.addEventListener("abort", listener, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", listener) };
}

/** One for all: it says nothing about where, and is made for every request. */
const scopeEnded = new DOMException("The work that this belonged to has ended.", "AbortError");
