import type * as api from "@hearth/sdk";
import type { Db } from "../../ground/database/index.ts";
import type { GrantedAgent } from "../access/agent-grant.ts";

const startIsOver = ["ready", "start_timeout", "start_error"] as const satisfies api.WorkspaceAgentLifecycle[];

/**
 * Stores a state that the agent reports; the order of states is the agent's affair. `starting` begins a new start, the
 * three that end one fill in when it began if nobody said. The first that ends one is kept beside, whatever is reported
 * later: how long people waited does not change when the agent is started again. By this server's clock, for the wait
 * began by it, and by the agent's, for its scripts ran by that. False when the agent is gone. @see spec/agents.md §8
 */
export async function storeLifecycle(
  db: Db,
  granted: GrantedAgent<"workspace:update_agent">,
  state: api.WorkspaceAgentLifecycle,
  { changedAtMs, nowMs }: { changedAtMs: number; nowMs: number },
): Promise<boolean> {
  const changedAt = new Date(changedAtMs);
  const now = new Date(nowMs);
  const isOver = startIsOver.find((outcome) => outcome === state);
  const result = await db
    .updateTable("workspace_agents")
    .set({ lifecycle_state: state, updated_at: now })
    .$if(state === "starting", (update) => update.set({ started_at: changedAt, ready_at: null }))
    .$if(isOver !== undefined, (update) =>
      update.set((eb) => ({
        started_at: eb.fn.coalesce("started_at", eb.val(changedAt)),
        ready_at: changedAt,
        first_start_ended_at: eb.fn.coalesce("first_start_ended_at", eb.val(now)),
        first_start_ended_agent_time: eb.fn.coalesce("first_start_ended_agent_time", eb.val(changedAt)),
        first_start_outcome: eb.fn.coalesce("first_start_outcome", eb.val(isOver ?? null)),
      })),
    )
    .where("id", "=", granted.object.agentId)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}
