import type { Clock, Logger } from "@hearth/base";
import { endpoints } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import { authorizeList, decide, type GrantedList } from "../../access/index.ts";
import type { Db } from "../../ground/database/index.ts";
import { bothPrefixes, userOf, type Route } from "../../ground/http/index.ts";
import { OneWaySocket } from "../../ground/live/index.ts";
import type { PubSub } from "../../ground/pubsub/index.ts";
import { toApiToolCall } from "../messages/wire.ts";
import { renderChats } from "../render.ts";
import { listChangedSince } from "../store/changed.ts";
import { readChats } from "../store/rows.ts";
import { ChatFeed, type ChatHint } from "../watch.ts";

/** What happens to the caller's own chats. @see spec/chat.md §18.4 */
export function chatWatchRoutes(deps: { db: Db; pubsub: PubSub; clock: Clock; log: Logger }): Route[] {
  const { db, clock } = deps;
  const feed = new ChatFeed(deps);
  return bothPrefixes(endpoints.chats.watchChats)({
    access: "chat:read",
    async socket({ ctx, accept }) {
      const ownerId = userOf(ctx).userId;
      let granted = authorizeList(ctx, "chat:read");
      using hints = feed.follow(ownerId);
      let seenMs = clock.now();
      using socket = new OneWaySocket(await accept(granted, (now) => (granted = now)), clock, ctx.signal);
      for await (const batch of hints.batches(socket.signal)) {
        const sinceMs = seenMs;
        seenMs = clock.now();
        const told = batch === "missed" ? await changedHints(db, ownerId, sinceMs) : batch;
        for (const event of await eventsOf(db, granted, told)) await socket.send(event);
      }
    },
  });
}

async function changedHints(db: Db, ownerId: string, sinceMs: number): Promise<ChatHint[]> {
  const ids = await listChangedSince(db, { ownerId, sinceMs });
  return ids.map((chatId) => ({ kind: "status_change", chatId }));
}

/** Each as its chat is now; those that may no longer be seen, or are gone, are left out. */
async function eventsOf(
  db: Db,
  { reach }: GrantedList<"chat:read">,
  hints: readonly ChatHint[],
): Promise<api.ChatWatchEvent[]> {
  const ids = [...new Set(hints.map(({ chatId }) => chatId))];
  const chats = await renderChats(db, ids, "event");
  const waiting = hints.filter(({ kind }) => kind === "action_required").map(({ chatId }) => chatId);
  const calls = new Map(
    (waiting.length === 0 ? [] : await readChats(db, waiting)).map((row) => [row.id, row.open_calls]),
  );
  const byId = new Map(chats.map((chat) => [chat.id, chat]));
  return hints.flatMap(({ kind, chatId }) => {
    const chat = byId.get(chatId);
    if (chat === undefined) return [];
    const object = { id: chat.id, organizationId: chat.organization_id, ownerId: chat.owner_id };
    if (!decide(reach, object)) return [];
    const toolCalls = kind === "action_required" ? calls.get(chatId)?.map(toApiToolCall) : undefined;
    return [{ kind, chat, ...(toolCalls === undefined ? {} : { tool_calls: toolCalls }) }];
  });
}
