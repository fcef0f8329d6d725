import { sql } from "kysely";
import type { Fragment } from "../../ground/database/index.ts";

/**
 * In a statement about `workspace_agents a`: whether the agent is connected at `nowMs`, never null. The same rule as
 * {@link import("./connection-status.ts").connectionStatus}, which works it out of a row: its newest session is not over
 * as long as the replica that holds it holds its lease. Live replicas are few and read once a statement, so that many
 * agents cost a look into a table in memory each. @see spec/agents.md A-2
 */
export function isConnected(nowMs: number): Fragment {
  return sql`coalesce(a.session_replica_id in (
    select live.id from replicas live where live.expires_at > ${new Date(nowMs)}::timestamptz), false)`;
}
