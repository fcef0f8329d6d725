import type { Clock, Logger } from "@hearth/base";
import type { Db } from "../../ground/database/index.ts";
import { hearChannels, Topics } from "../../ground/live/index.ts";
import type { PubSub } from "../../ground/pubsub/index.ts";
import { readSnapshotVersions, readStreamView, type StreamPlace, type StreamView } from "./view.ts";

/** The chats that are streamed from this replica: one look at all of them stands behind lost hints. */
export function chatTopics({
  db,
  pubsub,
  clock,
  log,
  pollMs,
}: {
  readonly db: Db;
  readonly pubsub: PubSub;
  readonly clock: Clock;
  readonly log: Logger;
  readonly pollMs: number;
}): Topics<StreamView | undefined, StreamPlace> {
  const read = new Map<string, number>();
  return new Topics<StreamView | undefined, StreamPlace>({
    name: "chat-stream",
    clock,
    log,
    pollMs,
    read: async (chatId, place) => {
      const view = await readStreamView(db, chatId, place);
      read.set(chatId, view?.snapshot_version ?? 0);
      return view;
    },
    pollAll: async (newest) => {
      const ids = [...newest.keys()];
      for (const id of read.keys()) if (!newest.has(id)) read.delete(id);
      const versions = await readSnapshotVersions(db, ids);
      return ids.filter((id) => (versions.get(id) ?? 0) !== read.get(id));
    },
    hear: (bells) => hearChannels(pubsub, bells, { chat_update: (_message, chatId) => bells.ring(chatId) }),
  });
}
