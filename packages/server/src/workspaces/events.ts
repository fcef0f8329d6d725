import { afterCommit, type Committed, type Tx } from "../ground/database/index.ts";
import type { PubSub, WorkspaceEvent } from "../ground/pubsub/index.ts";

/** Tells watchers, once `tx` has committed, that something about a workspace changed. */
export function announceWorkspace(
  tx: Tx | Committed,
  pubsub: PubSub,
  {
    ownerId,
    workspaceId,
    kind = "state_change",
  }: { ownerId: string; workspaceId: string; kind?: WorkspaceEvent["kind"] },
): void {
  afterCommit(tx, () => pubsub.publish("workspace_owner", ownerId, { kind, workspace_id: workspaceId }));
}

/** Wakes the reconciler of the pools once `tx` has committed; `cause` is for metrics. */
export function wakePools(tx: Tx | Committed, pubsub: PubSub, cause: string): void {
  afterCommit(tx, () => pubsub.publish("prebuilds_wake", "", { cause }));
}
