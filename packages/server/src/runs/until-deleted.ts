import type { Clock, Logger } from "@hearth/base";
import type { Db } from "../ground/database/index.ts";
import type { EventStream } from "../ground/http/index.ts";
import { newestValues, Topics } from "../ground/live/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { findWorkspace } from "../workspaces/index.ts";

/** Stands behind lost hints. */
const pollMs = 10_000;

/** Whether a workspace is gone, by its id. */
export type DeletionTopics = Topics<boolean>;

export function deletionTopics(deps: { db: Db; pubsub: PubSub; clock: Clock; log: Logger }): DeletionTopics {
  const { db, pubsub, clock, log } = deps;
  return new Topics<boolean>({
    name: "run-deleted",
    clock,
    log,
    pollMs,
    read: async (workspaceId) => (await findWorkspace(db, workspaceId))?.deleted ?? true,
    hear: (bells) =>
      pubsub.subscribe("workspace_owner", "*", {
        onMessage: (event) => bells.ring(event.workspace_id),
        onDropped: () => bells.ringAll(),
      }),
  });
}

/** Waits until the workspace of a run that has ended is gone, and tells it: `deleted`. Ends with the client. */
export async function untilDeleted(topics: DeletionTopics, workspaceId: string, stream: EventStream): Promise<void> {
  using seat = topics.join(workspaceId);
  for await (const isGone of newestValues(seat, stream.signal)) {
    if (!isGone) continue;
    await stream.send("deleted", { workspace_id: workspaceId });
    return;
  }
}
