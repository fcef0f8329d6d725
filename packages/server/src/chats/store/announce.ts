import type { ChatWatchEventKind } from "@hearth/sdk";
import { afterCommit, type Committed, type Tx } from "../../ground/database/index.ts";
import type { PubSub } from "../../ground/pubsub/index.ts";
import { isRunnable } from "../machine/index.ts";
import type { ChatRow } from "./rows.ts";

export interface Announced {
  /** What the owner's watchers are told; undefined: nothing. */
  readonly watch?: ChatWatchEventKind | undefined;
}

/** Announces a chat whose execution state was written: to its streams, to whoever may work on it, and to its owner. */
export function announceApplied(at: Tx | Committed, pubsub: PubSub, chat: ChatRow, { watch }: Announced): void {
  afterCommit(at, () => {
    pubsub.publish("chat_update", chat.id, {
      snapshot_version: chat.snapshot_version,
      history_version: chat.history_version,
      queue_version: chat.queue_version,
      retry_state_version: chat.retry_state_version,
      generation_attempt: chat.generation_attempt,
      worker_id: chat.worker_id,
      runner_id: chat.runner_id,
      status: chat.status,
      archived: chat.archived,
    });
    if (isRunnable(chat) && chat.worker_id === null) {
      pubsub.publish("chat_ownership", "", { chat_id: chat.id, snapshot_version: chat.snapshot_version });
    }
  });
  if (watch !== undefined) announceToOwner(at, pubsub, chat, watch);
}

/** Tells whoever watches the owner's chats. */
export function announceToOwner(
  at: Tx | Committed,
  pubsub: PubSub,
  { id, owner_id: ownerId }: Pick<ChatRow, "id" | "owner_id">,
  kind: ChatWatchEventKind,
): void {
  afterCommit(at, () => pubsub.publish("chat_watch", ownerId, { kind, chat_id: id }));
}
