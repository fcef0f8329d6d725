import { sql } from "kysely";
import type { Fragment } from "../../ground/database/index.ts";

/**
 * In a statement about `workspace_agents a`: how its connection stands at `nowMs`, never null. The rule is the database's,
 * `agent_status`; {@link import("./connection-status.ts").connectionStatus} works the same out of a row. Live replicas are
 * few and read once a statement, so that many agents cost a look into a table in memory each. @see spec/agents.md A-2
 */
export function agentStatus(nowMs: number): Fragment {
  const now = sql`${new Date(nowMs)}::timestamptz`;
  return sql`agent_status(a, a.session_replica_id in (select live.id from live_replicas(${now}) live), ${now})`;
}

/** The same of whether it is connected. */
export function isConnected(nowMs: number): Fragment {
  return sql`${agentStatus(nowMs)} = 'connected'`;
}
