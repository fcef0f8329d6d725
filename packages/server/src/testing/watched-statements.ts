import type { Database } from "../ground/database/index.ts";

/**
 * Watches statements of one kind that this process sends, and keeps an answer back when a test wants something to happen
 * meanwhile. The answers are PostgreSQL's own.
 */
export class WatchedStatements {
  sent = 0;
  /** The most that were open at once. */
  most = 0;
  #ended = 0;
  readonly #waiters = new Set<() => void>();
  #gate: { arrived: PromiseWithResolvers<void>; opened: PromiseWithResolvers<void> } | undefined;

  constructor(database: Database, kind: RegExp) {
    const known = new WeakSet<object>();
    database.pool.on("acquire", (connection) => {
      if (known.has(connection)) return;
      known.add(connection);
      const query = connection.query.bind(connection) as (...args: unknown[]) => Promise<unknown>; // as Kysely calls it
      const watched = (...args: unknown[]) => {
        const text = typeof args[0] === "string" ? args[0] : (args[0] as { text: string }).text;
        return kind.test(text) ? this.#watch(query(...args)) : query(...args);
      };
      Object.assign(connection, { query: watched });
    });
  }

  /** Sent and not answered yet. */
  get open(): number {
    return this.sent - this.#ended;
  }

  /** Keeps the next answer back: `arrived` once PostgreSQL gave it, until `open` is called. */
  holdNext(): { arrived: Promise<void>; open: () => void } {
    const gate = { arrived: Promise.withResolvers<void>(), opened: Promise.withResolvers<void>() };
    this.#gate = gate;
    return { arrived: gate.arrived.promise, open: () => gate.opened.resolve() };
  }

  /** Resolves once as many, in all, have been answered. */
  async answered(count: number): Promise<void> {
    while (this.#ended < count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiters.add(resolve);
      await promise;
    }
  }

  async #watch(answer: Promise<unknown>): Promise<unknown> {
    this.sent++;
    this.most = Math.max(this.most, this.open);
    const gate = this.#gate;
    this.#gate = undefined;
    try {
      return await answer;
    } finally {
      gate?.arrived.resolve();
      await gate?.opened.promise;
      this.#ended++;
      for (const waiter of this.#waiters) waiter();
      this.#waiters.clear();
    }
  }
}
