import type { IsolationLevel } from "kysely";
import { backoffMs, failpoint, type Clock } from "@hearth/base";
import type { Acting } from "./acting.ts";
import type { Db, Tx } from "./connection.ts";
import { isRetryable } from "./sql-errors.ts";
import type { Statement } from "./statement.ts";

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

/** What belongs to a transaction beside its connection. */
interface Begun {
  readonly ctx: Acting;
  /** What follows its commit. */
  readonly after: (() => void)[];
}

const begun = new WeakMap<Tx | Committed, Begun>();

/** A statement that has committed by itself, for {@link afterCommit}: its handle is no way to run another. */
export interface Committed {
  readonly statement: string;
}

/**
 * Runs `work` for `ctx` in one transaction, or joins the one that `db` already is, which stays that of whoever began it.
 *
 * Serialization failures (40001) and deadlocks (40P01) are retried here, at the outermost level, and nowhere else: so
 * `work` must be repeatable and have no effects outside `tx`. What must follow the commit goes through
 * {@link afterCommit}.
 *
 * Work that was given up is not begun, and not tried again. What has begun when its signal aborts goes on to its commit or
 * its error: whoever gave up could not tell which of the two it was, and half of it never stays.
 *
 * @throws the reason of `ctx.signal` when that has aborted before the work began
 */
export async function transaction<T>(
  ctx: Acting,
  db: Db | Tx,
  options: TransactionOptions,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  if (db.isTransaction) return await work(db as Tx); // isTransaction says that it is one
  return await persistently(ctx, options, async (after) => {
    const begin = db.transaction();
    const isolated = options.isolation === undefined ? begin : begin.setIsolationLevel(options.isolation);
    return await (options.readOnly === true ? isolated.setAccessMode("read only") : isolated).execute(async (tx) => {
      begun.set(tx, { ctx, after });
      const value = await work(tx);
      failpoint(`${options.name}:before_commit`);
      return value;
    });
  });
}

/**
 * The same of a single statement, which commits by itself: one way to the database and back instead of three. It promises
 * what {@link transaction} does: all of it or nothing, tried again after serialization failures and deadlocks, by `ctx`.
 * `conclude` is told the rows once they are committed, and announces with {@link afterCommit}; it does nothing else.
 *
 * @throws the reason of `ctx.signal` when that has aborted before
 */
export async function commitStatement<Params, Row extends object, T>(
  ctx: Acting,
  db: Db,
  options: Pick<TransactionOptions, "name" | "clock">,
  { statement, params }: { readonly statement: Statement<Params, Row>; readonly params: Params },
  conclude: (rows: Row[], committed: Committed) => T,
): Promise<T> {
  // Within a transaction it would be committed with that, and announced before.
  if (db.isTransaction) throw new Error(`${statement.name} commits by itself, and in no transaction`);
  return await persistently(ctx, options, async (after) => {
    failpoint(`${options.name}:before_commit`);
    const rows = await statement.all(db, params);
    const committed: Committed = { statement: statement.name };
    begun.set(committed, { ctx, after });
    return conclude(rows, committed);
  });
}

/** Tries until it is committed, then runs what follows. */
async function persistently<T>(
  { signal }: Acting,
  { name, clock }: Pick<TransactionOptions, "name" | "clock">,
  attemptIt: (after: (() => void)[]) => Promise<T>,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    const after: (() => void)[] = [];
    try {
      const result = await attemptIt(after);
      failpoint(`${name}:after_commit`);
      for (const hook of after) hook();
      return result;
    } catch (error) {
      if (!isRetryable(error) || attempt + 1 >= maxAttempts) throw error;
      await clock?.sleep(backoffMs(retryPolicy, attempt), { tag: "transaction-retry", signal });
    }
  }
}

/**
 * Runs `hook` once the outermost transaction has committed, never when it rolled back. Hooks run in order and must not
 * throw: they announce, they do not do.
 */
export function afterCommit(tx: Tx | Committed, hook: () => void): void {
  begunBy(tx).after.push(hook);
}

/** Whose transaction it is: what records who did something asks here, and is never told. */
export function contextOf(tx: Tx | Committed): Acting {
  return begunBy(tx).ctx;
}

function begunBy(tx: Tx | Committed): Begun {
  const known = begun.get(tx);
  if (known === undefined) throw new Error("this needs the handle that transaction() gave");
  return known;
}
