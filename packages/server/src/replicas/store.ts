import { sql } from "kysely";
import type { Granted } from "../access/index.ts";
import {
  allColumns,
  defineStatement,
  sampleId,
  sampleMs,
  stored,
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
  columns: columns.shape,
  samples: [{ id: sampleId, nowMs: sampleMs, expiresAtMs: sampleMs }],
  build: ({ id, nowMs, expiresAtMs }: Renewal) => sql`
    with renewed as (
      update replicas set renewed_at = ${new Date(nowMs)}, expires_at = ${new Date(expiresAtMs)} where id = ${id} returning id
    )
    select ${columns.of("r")}
    from replicas r left join renewed on renewed.id = r.id`,
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
    wasRenewed: rows.some((row) => row.id === id),
    replicas: rows.map((row) => ({
      ...toReplica(row),
      ...(row.id === id ? { renewedAtMs: nowMs, expiresAtMs } : {}),
    })),
  };
}

/** One replica, if it holds its lease. */
export async function findReplica(
  db: Db,
  { id, nowMs }: { id: string; nowMs: number },
): Promise<ReplicaRow | undefined> {
  const row = await db
    .selectFrom("replicas")
    .select(["id", "hostname", "address", "version", "renewed_at", "expires_at"])
    .where("id", "=", id)
    .where("expires_at", ">", new Date(nowMs))
    .executeTakeFirst();
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

/** An agent whose session ended with its replica. */
export interface LostAgent {
  readonly agentId: string;
  readonly workspaceId: string;
  readonly ownerId: string;
}

const remove = defineStatement({
  name: "replicas.remove",
  columns: {
    agent_id: stored("workspace_agents.id"),
    workspace_id: stored("workspaces.id"),
    owner_id: stored("workspaces.owner_id"),
  },
  samples: [{ nowMs: sampleMs }, { nowMs: sampleMs, ids: [sampleId] }],
  build({ nowMs, ids }: { nowMs: number; ids?: string[] }) {
    const now = new Date(nowMs);
    const which = ids === undefined ? sql`expires_at <= ${now}` : sql`id = any(${ids}::uuid[])`;
    return sql`
      with gone as (delete from replicas where ${which} returning id, renewed_at)
      update workspace_agents a set session_replica_id = null, updated_at = ${now},
        last_connected_at = greatest(a.last_connected_at, gone.renewed_at),
        disconnected_at = greatest(a.last_connected_at, gone.renewed_at)
      from gone, workspaces w
      where a.session_replica_id = gone.id and w.id = a.workspace_id
      returning a.id as agent_id, w.id as workspace_id, w.owner_id`;
  },
});

/**
 * Removes replicas and, which is what takes a right, marks every session of theirs as disconnected when it was last heard of, in one statement. With
 * `ids` those replicas; without, those whose lease is over. @see spec/agents.md A-2
 */
export async function removeReplicas(
  db: Db,
  _granted: Granted<"workspace:update_agent">,
  gone: { nowMs: number; ids?: string[] },
): Promise<LostAgent[]> {
  const rows = await remove.all(db, gone);
  return rows.map((row) => ({ agentId: row.agent_id, workspaceId: row.workspace_id, ownerId: row.owner_id }));
}
