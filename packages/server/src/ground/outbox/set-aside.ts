import type { Selectable } from "kysely";
import { afterCommit, type Db, type Tables, type Tx } from "../database/index.ts";
import type { PubSub } from "../pubsub/index.ts";

/** An effect that was given up. */
export type SetAsideRow = Pick<
  Selectable<Tables["outbox"]>,
  "id" | "kind" | "key" | "created_at" | "set_aside_at" | "attempts" | "last_error"
>;

const columns = ["id", "kind", "key", "created_at", "set_aside_at", "attempts", "last_error"] as const;
const mostListed = 1_000;

/** The newest first. Index: outbox_set_aside_idx. */
export async function listSetAside(db: Db): Promise<SetAsideRow[]> {
  return await db
    .selectFrom("outbox")
    .select(columns)
    .where("set_aside_at", "is not", null)
    .orderBy("set_aside_at", "desc")
    .limit(mostListed)
    .execute();
}

/**
 * Puts effects back that were set aside, as if they had never been tried: each is delivered in its place among those of its
 * key that are still there. Resolves with those that were set aside.
 */
export async function requeueSetAside(
  tx: Tx,
  pubsub: PubSub,
  { ids, nowMs }: { readonly ids: readonly string[]; readonly nowMs: number },
): Promise<SetAsideRow[]> {
  const rows = await lockSetAside(tx, ids);
  if (rows.length === 0) return [];
  await tx
    .updateTable("outbox")
    .set({ set_aside_at: null, attempts: 0, due_at: new Date(nowMs) })
    .where("id", "in", [...ids])
    .where("set_aside_at", "is not", null)
    .execute();
  afterCommit(tx, () => {
    for (const kind of new Set(rows.map((row) => row.kind))) pubsub.publish("outbox", kind, {});
  });
  return rows;
}

/** Forgets effects that were set aside. Resolves with those that were. */
export async function dropSetAside(tx: Tx, ids: readonly string[]): Promise<SetAsideRow[]> {
  const rows = await lockSetAside(tx, ids);
  if (rows.length === 0) return [];
  await tx
    .deleteFrom("outbox")
    .where("id", "in", [...ids])
    .where("set_aside_at", "is not", null)
    .execute();
  return rows;
}

async function lockSetAside(tx: Tx, ids: readonly string[]): Promise<SetAsideRow[]> {
  if (ids.length === 0) return [];
  return await tx
    .selectFrom("outbox")
    .select(columns)
    .where("id", "in", [...ids])
    .where("set_aside_at", "is not", null)
    .orderBy("seq")
    .forUpdate()
    .execute();
}
