import { sql } from "kysely";
import type { Granted } from "../access/index.ts";
import { defineStatement, sampleId, sampleMs, stored, type Db } from "../ground/database/index.ts";

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
