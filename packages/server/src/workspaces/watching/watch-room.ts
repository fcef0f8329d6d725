import { onAbort, type Clock, type Logger } from "@hearth/base";

/** Renders of one workspace are at least this far apart (agents spec, A-31); the first after quiet comes at once. */
const gapMs = 250;
/** Stands behind lost messages, and behind what changes by time alone (an agent that takes too long). */
const pollMs = 30_000;

/** One watcher of a room. It holds the newest render only, so a slow one costs no memory and misses nothing that lasts. */
export class Seat<R> {
  #newest: R | undefined;
  #bell = Promise.withResolvers<void>();

  put(render: R): void {
    this.#newest = render;
    this.#bell.resolve();
  }

  /** Each render that was the newest when the watcher had time for it, until `signal` aborts. */
  async *renders(signal: AbortSignal): AsyncGenerator<R, void, undefined> {
    // Not a race against a promise of the end: that would keep something of every round until then.
    using _left = onAbort(signal, () => this.#bell.resolve());
    while (!signal.aborted) {
      await this.#bell.promise;
      this.#bell = Promise.withResolvers<void>();
      const render = this.#newest;
      this.#newest = undefined;
      if (render !== undefined && !signal.aborted) yield render;
    }
  }
}

/**
 * Everyone in this replica who watches one workspace: they share each read.
 *
 * Invariants: one read at a time; an event during a read causes exactly one more; reads that events cause are `gapMs`
 * apart at least; whoever comes in gets a render at once, and a newer one if that was overtaken by an event.
 */
export class WatchRoom<R> {
  readonly #deps: { clock: Clock; log: Logger };
  readonly #read: () => Promise<R>;
  readonly #seats = new Set<Seat<R>>();
  readonly #closed = new AbortController();
  #isDirty = false;
  #isBusy = false;
  #lastReadMs = Number.NEGATIVE_INFINITY;
  #newest: R | undefined;

  constructor(deps: { clock: Clock; log: Logger }, read: () => Promise<R>) {
    this.#deps = deps;
    this.#read = read;
    void this.#poll(); // never rejects
  }

  get isEmpty(): boolean {
    return this.#seats.size === 0;
  }

  get newest(): R | undefined {
    return this.#newest;
  }

  join(): Seat<R> {
    const seat = new Seat<R>();
    this.#seats.add(seat);
    // The newest render is what events tell, or a newer one is on its way.
    if (this.#newest !== undefined && (this.#isBusy || !this.#isDirty)) seat.put(this.#newest);
    else if (!this.#isBusy) void this.#pump({ isUrgent: true }); // never rejects
    return seat;
  }

  leave(seat: Seat<R>): void {
    this.#seats.delete(seat);
  }

  /** Something changed: read again. Returns at once. */
  ring(): void {
    this.#isDirty = true;
    if (!this.#isBusy) void this.#pump({ isUrgent: false }); // never rejects
  }

  /** Nobody is left: what waits ends. */
  close(): void {
    this.#closed.abort();
  }

  async #pump({ isUrgent }: { isUrgent: boolean }): Promise<void> {
    const { clock, log } = this.#deps;
    this.#isBusy = true;
    try {
      for (let isFirst = isUrgent; (isFirst || this.#isDirty) && !this.#closed.signal.aborted; isFirst = false) {
        const waitMs = this.#lastReadMs + gapMs - clock.now();
        if (!isFirst && waitMs > 0) await clock.sleep(waitMs, { signal: this.#closed.signal, tag: "workspace-watch" });
        this.#isDirty = false;
        this.#lastReadMs = clock.now();
        const render = await this.#read();
        this.#newest = render;
        for (const seat of this.#seats) seat.put(render);
      }
    } catch (error) {
      // Watchers keep what they have; the next event or the poll reads again.
      if (!this.#closed.signal.aborted) log.warn({ err: error }, "reading a watched workspace failed");
    } finally {
      this.#isBusy = false;
    }
  }

  async #poll(): Promise<void> {
    while (!this.#closed.signal.aborted) {
      try {
        await this.#deps.clock.sleep(pollMs, { signal: this.#closed.signal, tag: "workspace-watch-poll" });
      } catch {
        return; // the room closed
      }
      this.ring();
    }
  }
}
