import { sql } from "kysely";
import type pg from "pg";
import type { Tx } from "./connection.ts";
import type { Fragment } from "./statement.ts";

/**
 * Every advisory lock of the product, so that no two uses share a number. The number is the second half of a two-part
 * key whose first half is ours.
 */
export const advisoryLocks = {
  /** Held by whoever migrates; others wait. Its holder's death frees it. */
  migrations: 1,
  /** Held during one cycle of the reconciler; others skip theirs. Its holder's death frees it. */
  prebuilds: 2,
  /** Held while the owner is made, so that there is exactly one. */
  firstUser: 3,
  /** Held while the starter template is imported; others leave it alone. Its holder's death frees it. */
  starterTemplate: 4,
  /** Held while what an earlier release stored open is sealed, a few rows at a time. */
  sealing: 5,
  /** Held while the demo model is made, so that there is one. */
  demoModel: 6,
} as const;

export type AdvisoryLock = keyof typeof advisoryLocks;

const namespace = 0x68726874; // "hrht"

/** Waits for the lock; the end of the transaction frees it. */
export async function takeLock(tx: Tx, name: AdvisoryLock): Promise<void> {
  await sql`select pg_advisory_xact_lock(${sql.lit(namespace)}, ${sql.lit(advisoryLocks[name])})`.execute(tx);
}

/** Locks of one thing among many, by the first half of their keys; the second is made of what names the thing. */
const locksOfThings = {
  /** Held while it is decided what an owner may still spend in an organization. */
  quota: 0x68726875,
  /** Held while an organization's models change, or it could have two defaults, or none. */
  chatModels: 0x68726876,
} as const;

/** The key of the thing's lock, both halves, for a function of the database that takes it. */
export function lockOf(lock: keyof typeof locksOfThings, name: string): Fragment {
  return sql`${sql.lit(locksOfThings[lock])}, hashtext(${name})`;
}

/** Waits for the lock of the thing with this name; the end of the transaction frees it. */
export async function takeLockOf(tx: Tx, lock: keyof typeof locksOfThings, name: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(${lockOf(lock, name)})`.execute(tx);
}

/**
 * Takes the lock on this connection unless somebody else has it; says whether it did. The connection must be kept and
 * released with {@link releaseSessionLock}, or closed.
 */
export async function tryTakeSessionLock(client: pg.PoolClient, name: AdvisoryLock): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>("select pg_try_advisory_lock($1, $2) as taken", [
    namespace,
    advisoryLocks[name],
  ]);
  return rows[0]?.taken === true;
}

/** The same, waiting. */
export async function takeSessionLock(client: pg.PoolClient, name: AdvisoryLock): Promise<void> {
  await client.query("select pg_advisory_lock($1, $2)", [namespace, advisoryLocks[name]]);
}

export async function releaseSessionLock(client: pg.PoolClient, name: AdvisoryLock): Promise<void> {
  await client.query("select pg_advisory_unlock($1, $2)", [namespace, advisoryLocks[name]]);
}
