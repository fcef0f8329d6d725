import type { WorkspaceAgentLifecycle } from "@hearth/sdk";

/** What of an agent's row says how its start goes. */
export interface StoredLifecycle {
  readonly lifecycle_state: WorkspaceAgentLifecycle;
  readonly ready_at: Date | null;
}

/**
 * How far the agent's start is by its own word. One that a claim has left nothing to do is shown as `ready` from the claim
 * on; until it has heard of it, what starts in it would still be the pool's, so whoever waits for `ready` waits for its word.
 * Pure. @see spec/agents.md §8
 */
export function saidLifecycle({ lifecycle_state: state, ready_at: saidAt }: StoredLifecycle): WorkspaceAgentLifecycle {
  return state === "ready" && saidAt === null ? "starting" : state;
}
