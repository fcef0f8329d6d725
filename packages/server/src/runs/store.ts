import { sql } from "kysely";
import type { Granted } from "../access/index.ts";
import { allColumns, defineStatement, sampleMs, type Db, type RowOf, type Tx } from "../ground/database/index.ts";

const columns = allColumns("runs");

/** A run as it is recorded. */
export type RunRow = RowOf<typeof columns>;

/** How long a key answers with what it did first, and a run that has ended is remembered. */
const keptMs = 24 * 3_600_000;

/** Writes a run down before its workspace is made. */
export async function insertRun(
  db: Db,
  { actor }: Granted<"workspace:create">,
  run: Pick<RunRow, "id" | "idempotency_key" | "body_hash" | "build_id" | "deletes" | "replica_id" | "created_at">,
): Promise<void> {
  if (actor.kind !== "user") throw new Error("workspaces are created by users");
  await db
    .insertInto("runs")
    .values({ ...run, owner_id: actor.userId })
    .execute();
}

/** What became known of a run that goes on. */
export async function updateRun(
  db: Db,
  _granted: Granted<"workspace:ssh">,
  id: string,
  now: Pick<RunRow, "agent_id" | "process_id">,
): Promise<void> {
  await db.updateTable("runs").set(now).where("id", "=", id).execute();
}

/** Ends a run; false when somebody has. */
export async function endRun(
  tx: Tx,
  _granted: Granted<"workspace:delete">,
  id: string,
  end: Pick<RunRow, "exit_code" | "exit_signal" | "output_bytes"> & { readonly endedAtMs: number },
): Promise<boolean> {
  const { endedAtMs, ...exit } = end;
  const ended = await tx
    .updateTable("runs")
    .set({ ...exit, ended_at: new Date(endedAtMs) })
    .where("id", "=", id)
    .where("ended_at", "is", null)
    .executeTakeFirst();
  return ended.numUpdatedRows > 0n;
}

export async function findRun(db: Db | Tx, id: string): Promise<RunRow | undefined> {
  return await db.selectFrom("runs").selectAll().where("id", "=", id).executeTakeFirst();
}

/** The run that an owner's key made. */
export async function findRunOfKey(db: Db, ownerId: string, key: string): Promise<RunRow | undefined> {
  return await db
    .selectFrom("runs")
    .selectAll()
    .where("owner_id", "=", ownerId)
    .where("idempotency_key", "=", key)
    .executeTakeFirst();
}

const listLeft = defineStatement({
  name: "runs.list_left",
  columns: columns.shape,
  samples: [{ nowMs: sampleMs }],
  build: ({ nowMs }: { nowMs: number }) => sql`
    select ${columns.of("r")} from runs r
    where r.ended_at is null and not exists (select from live_replicas(${new Date(nowMs)}) l where l.id = r.replica_id)
    order by r.created_at limit 100`,
});

/** Runs whose server is gone. */
export async function listLeftRuns(db: Db, nowMs: number): Promise<RunRow[]> {
  return await listLeft.all(db, { nowMs });
}

const forget = defineStatement({
  name: "runs.forget",
  columns: {},
  samples: [{ nowMs: sampleMs }],
  build: ({ nowMs }: { nowMs: number }) => sql`delete from runs where ended_at < ${new Date(nowMs - keptMs)}`,
});

/** Forgets what ended a day ago. */
export async function forgetRuns(db: Db, _granted: Granted<"workspace:delete">, nowMs: number): Promise<void> {
  await forget.run(db, { nowMs });
}
