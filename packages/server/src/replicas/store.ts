import { sql } from "kysely";
import {
  allColumns,
  computed,
  defineQuery,
  defineStatement,
  sampleId,
  sampleMs,
  type Db,
  type RowOf,
} from "../ground/database/index.ts";

export interface ReplicaRow {
  readonly id: string;
  readonly hostname: string;
  /** Where other replicas reach it; empty when they cannot. */
  readonly address: string;
  readonly version: string;
  readonly renewedAtMs: number;
  readonly expiresAtMs: number;
}

export interface Renewal {
  readonly id: string;
  readonly nowMs: number;
  readonly expiresAtMs: number;
}

export async function insertReplica(
  db: Db,
  replica: Renewal & { hostname: string; address: string; version: string },
): Promise<void> {
  const now = new Date(replica.nowMs);
  await db
    .insertInto("replicas")
    .values({
      id: replica.id,
      hostname: replica.hostname,
      address: replica.address,
      version: replica.version,
      started_at: now,
      renewed_at: now,
      expires_at: new Date(replica.expiresAtMs),
    })
    .onConflict((conflict) =>
      conflict.column("id").doUpdateSet({ renewed_at: now, expires_at: new Date(replica.expiresAtMs) }),
    )
    .execute();
}

const columns = allColumns("replicas", { except: ["started_at"] });

const renewAll = defineStatement({
  name: "replicas.renew_and_list",
  columns: { ...columns.shape, was_renewed: computed.boolean },
  samples: [{ id: sampleId, nowMs: sampleMs, expiresAtMs: sampleMs }],
  build: ({ id, nowMs, expiresAtMs }: Renewal) => sql`
    with renewed as (
      update replicas set renewed_at = ${new Date(nowMs)}, expires_at = ${new Date(expiresAtMs)} where id = ${id}
      returning id
    )
    -- What is listed is of before; whoever ended the lease at the same time left nothing to renew.
    select ${columns.of("r")}, exists (select from renewed where renewed.id = r.id) as was_renewed from replicas r`,
});

/**
 * Renews a lease and lists every replica as it was just before, in one statement: what an idle deployment costs is one
 * of these every 5 s and replica. `wasRenewed` is false when the row is gone.
 */
export async function renewAndList(
  db: Db,
  { id, nowMs, expiresAtMs }: Renewal,
): Promise<{ wasRenewed: boolean; replicas: ReplicaRow[] }> {
  const rows = await renewAll.all(db, { id, nowMs, expiresAtMs });
  return {
    wasRenewed: rows.some((row) => row.was_renewed),
    replicas: rows
      .filter((row) => row.id !== id || row.was_renewed)
      .map((row) => ({ ...toReplica(row), ...(row.was_renewed ? { renewedAtMs: nowMs, expiresAtMs } : {}) })),
  };
}

const findLive = defineQuery({
  name: "replicas.find_live",
  samples: [{ id: sampleId, nowMs: sampleMs }],
  build: (db, { id, nowMs }: { id: string; nowMs: number }) =>
    db.selectFrom("replicas").select(columns.names).where("id", "=", id).where("expires_at", ">", new Date(nowMs)),
});

/** One replica, if it holds its lease. */
export async function findReplica(
  db: Db,
  { id, nowMs }: { id: string; nowMs: number },
): Promise<ReplicaRow | undefined> {
  const row = await findLive(db, { id, nowMs }).executeTakeFirst();
  return row === undefined ? undefined : toReplica(row);
}

function toReplica(row: RowOf<typeof columns>): ReplicaRow {
  return {
    id: row.id,
    hostname: row.hostname,
    address: row.address,
    version: row.version,
    renewedAtMs: row.renewed_at.getTime(),
    expiresAtMs: row.expires_at.getTime(),
  };
}
