import { sql } from "kysely";
import type * as api from "@hearth/sdk";
import type { Db } from "../../ground/database/index.ts";

const startIsOver = ["ready", "start_timeout", "start_error"] as const satisfies api.WorkspaceAgentLifecycle[];
type StartOutcome = (typeof startIsOver)[number];

/**
 * Stores a state that the agent reports; the order of states is the agent's affair. `starting` begins a new start, the
 * three that end one fill in when it began if nobody said. The first that ends one is kept beside, whatever is reported
 * later: how long people waited does not change when the agent is started again. By this server's clock, for the wait
 * began by it, and by the agent's, for its scripts ran by that. False when the agent is gone. @see spec/agents.md §8
 */
export async function storeLifecycle(
  db: Db,
  agentId: string,
  state: api.WorkspaceAgentLifecycle,
  { changedAtMs, nowMs }: { changedAtMs: number; nowMs: number },
): Promise<boolean> {
  const changedAt = new Date(changedAtMs);
  const now = new Date(nowMs);
  const times =
    state === "starting"
      ? { started_at: changedAt, ready_at: null }
      : startIsOver.some((outcome) => outcome === state)
        ? {
            started_at: sql<Date>`coalesce(started_at, ${changedAt})`,
            ready_at: changedAt,
            first_start_ended_at: sql<Date>`coalesce(first_start_ended_at, ${now})`,
            first_start_ended_agent_time: sql<Date>`coalesce(first_start_ended_agent_time, ${changedAt})`,
            first_start_outcome: sql<StartOutcome>`coalesce(first_start_outcome, ${state})`,
          }
        : {};
  const result = await db
    .updateTable("workspace_agents")
    .set({ lifecycle_state: state, updated_at: now, ...times })
    .where("id", "=", agentId)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}
