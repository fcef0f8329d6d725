import { endpoints } from "@hearth/sdk";
import { authorizeList, type Context } from "../../access/index.ts";
import { bothPrefixes, type Route } from "../../ground/http/index.ts";
import { authorizeChat, getChat } from "../access.ts";
import { parseChatQuery } from "../chat-query.ts";
import { createChat, type ChatDeps } from "../create-chat.ts";
import { listChatIds } from "../list-chats.ts";
import { renderChats } from "../render.ts";
import { updateChat } from "../update-chat.ts";
import { interruptChat, reconcileChat } from "../operations.ts";
import { theOne, within } from "./shapes.ts";

/** Chats themselves: made, listed, shown, changed, stopped. */
export function chatRoutes(deps: ChatDeps): Route[] {
  const { db, limits } = deps;
  const load = ({ ctx, params }: { ctx: Context; params: { chat: string } }) => getChat(ctx, db, params.chat);
  return [
    ...bothPrefixes(endpoints.chats.createChat)({
      access: "chat:create",
      async handle({ ctx, body }) {
        const { granted, id } = await createChat(ctx, deps, body);
        return { status: 201, granted, body: theOne(await renderChats(db, [id], "event")) };
      },
    }),
    ...bothPrefixes(endpoints.chats.listChats)({
      access: "chat:read",
      async handle({ ctx, query }) {
        const granted = authorizeList(ctx, "chat:read");
        const filter = parseChatQuery(query.q ?? "", [query.label ?? []].flat());
        const limit = within(query.limit, limits.chatsPage);
        const page = { limit, offset: query.offset, afterId: query.after_id };
        const ids = await listChatIds(ctx, db, granted, filter, page);
        return { status: 200, granted, body: await renderChats(db, ids) };
      },
    }),
    ...bothPrefixes(endpoints.chats.getChat)({
      access: "chat:read",
      load,
      async handle({ loaded }) {
        return { status: 200, granted: loaded.granted, body: theOne(await renderChats(db, [loaded.id])) };
      },
    }),
    ...bothPrefixes(endpoints.chats.updateChat)({
      access: "chat:update",
      load,
      async handle({ ctx, loaded, body }) {
        const granted = authorizeChat(ctx, "chat:update", loaded);
        await updateChat(ctx, deps, granted, loaded, body);
        return { status: 204, granted, body: undefined };
      },
    }),
    ...bothPrefixes(endpoints.chats.interruptChat)({
      access: "chat:update",
      load,
      async handle({ ctx, loaded }) {
        const granted = authorizeChat(ctx, "chat:update", loaded);
        await interruptChat(ctx, deps, granted);
        return { status: 200, granted, body: theOne(await renderChats(db, [loaded.id])) };
      },
    }),
    ...bothPrefixes(endpoints.chats.reconcileChat)({
      access: "chat:update",
      load,
      async handle({ ctx, loaded }) {
        const granted = authorizeChat(ctx, "chat:update", loaded);
        await reconcileChat(ctx, deps, granted);
        return { status: 200, granted, body: theOne(await renderChats(db, [loaded.id])) };
      },
    }),
  ];
}
