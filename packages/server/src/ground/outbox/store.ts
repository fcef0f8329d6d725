import { sql } from "kysely";
import { defineStatement, sampleMs, stored, type Db } from "../database/index.ts";

/** The share of a time that a holder has for its effects before another takes them. */
const leaseMs = 60_000;
/** A take is bounded: what is left is for the next, here or elsewhere. */
const perTake = 20;

/**
 * Takes what is due, of the kinds that this version knows: the oldest of each key, which holds up those after it until it
 * is delivered or set aside. Others skip what one is just taking. Indexes: outbox_due_idx, outbox_key_idx.
 */
export const takeDue = defineStatement({
  name: "outbox.take_due",
  columns: {
    seq: stored("outbox.seq"),
    id: stored("outbox.id"),
    kind: stored("outbox.kind"),
    key: stored("outbox.key"),
    payload: stored("outbox.payload"),
    created_at: stored("outbox.created_at"),
    epoch: stored("outbox.epoch"),
    attempts: stored("outbox.attempts"),
  },
  samples: [{ kinds: ["audit"], nowMs: sampleMs }],
  build: ({ kinds, nowMs }: { kinds: readonly string[]; nowMs: number }) => sql`
    update outbox o set epoch = o.epoch + 1, attempts = o.attempts + 1, due_at = ${new Date(nowMs + leaseMs)}
    from (
      select c.seq from outbox c
      where c.set_aside_at is null and c.due_at <= ${new Date(nowMs)} and c.kind = any(${[...kinds]}::text[])
        and not exists (
          select from outbox e
          where e.set_aside_at is null and e.kind = c.kind and e.key = c.key and e.seq < c.seq)
      order by c.due_at, c.seq
      limit ${perTake}
      for update of c skip locked
    ) due
    where o.seq = due.seq
    returning o.seq, o.id, o.kind, o.key, o.payload, o.created_at, o.epoch, o.attempts`,
});

/** An effect as its taker holds it. */
export interface Held {
  readonly seq: number;
  readonly epoch: number;
}

/** It was delivered. False when another has taken it since. */
export async function removeDelivered(db: Db, { seq, epoch }: Held): Promise<boolean> {
  const result = await db
    .deleteFrom("outbox")
    .where("seq", "=", seq)
    .where("epoch", "=", epoch)
    .where("set_aside_at", "is", null)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** It was not, and why: it is tried again at `dueMs`, or never. False when another has taken it since. */
export async function recordFailure(
  db: Db,
  { seq, epoch }: Held,
  failure: { readonly reason: string; readonly nowMs: number; readonly next: { readonly dueMs: number } | "set aside" },
): Promise<boolean> {
  const { reason, nowMs, next } = failure;
  const result = await db
    .updateTable("outbox")
    .set({
      last_error: reason,
      ...(next === "set aside" ? { set_aside_at: new Date(nowMs) } : { due_at: new Date(next.dueMs) }),
    })
    .where("seq", "=", seq)
    .where("epoch", "=", epoch)
    .where("set_aside_at", "is", null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Forgets what was set aside before then; resolves with how many. Index: outbox_set_aside_idx. */
export async function forgetSetAside(db: Db, beforeMs: number): Promise<number> {
  const result = await db.deleteFrom("outbox").where("set_aside_at", "<", new Date(beforeMs)).executeTakeFirst();
  return Number(result.numDeletedRows);
}
