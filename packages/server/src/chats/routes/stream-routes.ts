import type { Logger } from "@hearth/base";
import { endpoints } from "@hearth/sdk";
import { grantIf } from "../../access/index.ts";
import { bothPrefixes, type Route } from "../../ground/http/index.ts";
import { OneWaySocket } from "../../ground/live/index.ts";
import { chatObject, getChat } from "../access.ts";
import type { ChatDeps } from "../create-chat.ts";
import { moveReadCursor } from "../store/metadata.ts";
import { followChat } from "../stream/follow.ts";
import { chatTopics } from "../stream/topics.ts";
import type { Episodes } from "../worker/episodes.ts";

/** A chat as it goes on. */
export function chatStreamRoutes(deps: ChatDeps & { readonly log: Logger; readonly episodes: Episodes }): Route[] {
  const { db, clock, limits, episodes } = deps;
  const topics = chatTopics({ ...deps, pollMs: limits.syncEveryMs });
  return bothPrefixes(endpoints.chats.streamChat)({
    access: "chat:read",
    load: ({ ctx, params }) => getChat(ctx, db, params.chat),
    async socket({ ctx, loaded, query, accept }) {
      using seat = topics.join(loaded.id);
      using socket = new OneWaySocket(await accept(loaded.granted), clock, ctx.signal);
      const { signal } = socket;
      // Only the owner's cursor is the chat's.
      const owners = grantIf(ctx, "chat:update", chatObject(loaded));
      if (owners !== undefined) await moveReadCursor(db, owners);
      const send = async (events: readonly unknown[]) => await socket.send(events);
      await followChat({ chatId: loaded.id, afterId: query.after_id ?? 0, seat, episodes, signal, send });
      if (owners !== undefined) await moveReadCursor(db, owners);
      socket.close(1000);
    },
  });
}
