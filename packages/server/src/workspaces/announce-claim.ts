import { prebuildsUserId } from "@hearth/sdk";
import type { MovedAgent } from "../agents/index.ts";
import { afterCommit, type Committed, type Tx } from "../ground/database/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { announceWorkspace, wakePools } from "./events.ts";

/** A workspace that has its new owner. */
interface Given {
  readonly workspaceId: string;
  readonly ownerId: string;
}

/** Says, once that is committed, that a workspace of a pool is somebody's now. */
export function announceGiven(tx: Tx | Committed, pubsub: PubSub, { workspaceId }: Given): void {
  announceWorkspace(tx, pubsub, { ownerId: prebuildsUserId, workspaceId });
  // Sessions of its agents know the old owner.
  afterCommit(tx, () => {
    pubsub.publish("workspace_identity", workspaceId, {});
    pubsub.publish("object_access", workspaceId, {});
  });
  wakePools(tx, pubsub, "prebuild_claimed");
}

/**
 * Says, once that is committed, that its claim is done: sessions of the agents that moved go on as the new ones before this
 * returns, and their agents hear of it. `hold`: keeps what these are told for as long as it is said.
 */
export function announceClaimed(
  tx: Tx | Committed,
  pubsub: PubSub,
  { workspaceId, ownerId }: Given,
  agents: readonly MovedAgent[],
  hold?: () => Disposable,
): void {
  afterCommit(tx, () => {
    using _manifests = hold?.();
    pubsub.publish("prebuild_claimed", workspaceId, {
      workspace_id: workspaceId,
      reason: "prebuild_claimed",
      owner_id: ownerId,
      agents: [...agents],
    });
    pubsub.publish("workspace_identity", workspaceId, {});
  });
}
