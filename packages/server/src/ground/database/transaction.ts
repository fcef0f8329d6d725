import type { IsolationLevel } from "kysely";
import { backoffMs, failpoint, type Clock } from "@hearth/base";
import type { Db, Tx } from "./connection.ts";
import { isRetryable } from "./sql-errors.ts";

export interface TransactionOptions {
  /** For logs, failpoints and traces: snake_case, says what it does. */
  name: string;
  /** Read committed when left out. */
  isolation?: IsolationLevel;
  readOnly?: boolean;
  clock?: Clock;
}

/** Serialization failures and deadlocks are tried again this often (builds spec, 6.2). */
const maxAttempts = 5;
const retryPolicy = { baseMs: 5, maxMs: 200 };

const hooks = new WeakMap<Db, (() => void)[]>();

/**
 * Runs `work` in one transaction, or joins the one that `db` already is.
 *
 * Serialization failures (40001) and deadlocks (40P01) are retried here, at the outermost level, and nowhere else: so
 * `work` must be repeatable and have no effects outside `tx`. What must follow the commit goes through
 * {@link afterCommit}.
 */
export async function transaction<T>(
  db: Db | Tx,
  options: TransactionOptions,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  if (db.isTransaction) return await work(db as Tx); // isTransaction says that it is one
  for (let attempt = 0; ; attempt++) {
    const after: (() => void)[] = [];
    try {
      const begin = db.transaction();
      const isolated = options.isolation === undefined ? begin : begin.setIsolationLevel(options.isolation);
      const result = await (options.readOnly === true ? isolated.setAccessMode("read only") : isolated).execute(
        async (tx) => {
          hooks.set(tx, after);
          const value = await work(tx);
          failpoint(`${options.name}:before_commit`);
          return value;
        },
      );
      failpoint(`${options.name}:after_commit`);
      for (const hook of after) hook();
      return result;
    } catch (error) {
      if (!isRetryable(error) || attempt + 1 >= maxAttempts) throw error;
      await options.clock?.sleep(backoffMs(retryPolicy, attempt), { tag: "transaction-retry" });
    }
  }
}

/**
 * Runs `hook` once the outermost transaction has committed, never when it rolled back. Hooks run in order and must not
 * throw: they announce, they do not do.
 */
export function afterCommit(tx: Tx, hook: () => void): void {
  const list = hooks.get(tx);
  if (list === undefined) throw new Error("afterCommit needs the handle that transaction() gave");
  list.push(hook);
}
