import { ApiError, endpoints } from "@hearth/sdk";
import type { Context } from "../../access/index.ts";
import { bothPrefixes, type Route } from "../../ground/http/index.ts";
import { authorizeChat, getChat } from "../access.ts";
import type { ChatDeps } from "../create-chat.ts";
import { textOf } from "../messages/input.ts";
import { toApiMessage, toApiQueuedMessage } from "../messages/wire.ts";
import { deleteQueued, promoteQueued, submitToolResults } from "../operations.ts";
import { editMessage, parseMessageId, sendMessage } from "../send-message.ts";
import { listMessages, listPrompts } from "../store/messages.ts";
import { within } from "./shapes.ts";

/** What is said in a chat, and what waits to be. */
export function messageRoutes(deps: ChatDeps): Route[] {
  const { db, limits } = deps;
  const load = ({ ctx, params }: { ctx: Context; params: { chat: string } }) => getChat(ctx, db, params.chat);
  const loadQueued = async ({ ctx, params }: { ctx: Context; params: { chat: string; message: string } }) => ({
    chat: await getChat(ctx, db, params.chat),
    id: parseMessageId(params.message),
  });
  return [
    ...bothPrefixes(endpoints.chats.listChatMessages)({
      access: "chat:read",
      load,
      async handle({ loaded, query }) {
        const { before_id: beforeId, after_id: afterId } = query;
        if (beforeId !== undefined && afterId !== undefined && afterId >= beforeId) {
          throw new ApiError("bad_query", "Query parameters have invalid values.", {
            validations: [{ field: "after_id", detail: "must be less than before_id" }],
          });
        }
        const limit = within(query.limit, limits.messagesPage);
        // One more tells whether there is one.
        const rows = await listMessages(db, loaded.granted, { beforeId, afterId, limit: limit + 1 });
        const isFirst = beforeId === undefined && afterId === undefined;
        return {
          status: 200,
          granted: loaded.granted,
          body: {
            messages: rows.slice(0, limit).map(toApiMessage),
            queued_messages: isFirst ? loaded.queue.map(toApiQueuedMessage) : [],
            has_more: rows.length > limit,
          },
        };
      },
    }),
    ...bothPrefixes(endpoints.chats.sendChatMessage)({
      access: "chat:update",
      load,
      async handle({ ctx, loaded, body }) {
        const granted = authorizeChat(ctx, "chat:update", loaded);
        return { status: 200, granted, body: await sendMessage(ctx, deps, granted, loaded, body) };
      },
    }),
    ...bothPrefixes(endpoints.chats.editChatMessage)({
      access: "chat:update",
      load: loadQueued,
      async handle({ ctx, loaded, body }) {
        const granted = authorizeChat(ctx, "chat:update", loaded.chat);
        return { status: 200, granted, body: await editMessage(ctx, deps, granted, loaded.id, body) };
      },
    }),
    ...bothPrefixes(endpoints.chats.listChatPrompts)({
      access: "chat:read",
      load,
      async handle({ loaded, query }) {
        const rows = await listPrompts(db, loaded.granted, within(query.limit, limits.promptsPage));
        const prompts = rows.map(({ id, content }) => ({ id, text: textOf(content) }));
        return {
          status: 200,
          granted: loaded.granted,
          body: { prompts: prompts.filter(({ text }) => text.trim() !== "") },
        };
      },
    }),
    ...bothPrefixes(endpoints.chats.deleteQueuedChatMessage)({
      access: "chat:update",
      load: loadQueued,
      async handle({ ctx, loaded }) {
        const granted = authorizeChat(ctx, "chat:update", loaded.chat);
        await deleteQueued(ctx, deps, granted, loaded.id);
        return { status: 204, granted, body: undefined };
      },
    }),
    ...bothPrefixes(endpoints.chats.promoteQueuedChatMessage)({
      access: "chat:update",
      load: loadQueued,
      async handle({ ctx, loaded }) {
        const granted = authorizeChat(ctx, "chat:update", loaded.chat);
        await promoteQueued(ctx, deps, granted, loaded.id);
        return { status: 202, granted, body: { message: "Queued message promotion accepted." } };
      },
    }),
    ...bothPrefixes(endpoints.chats.submitChatToolResults)({
      access: "chat:update",
      load,
      async handle({ ctx, loaded, body }) {
        const granted = authorizeChat(ctx, "chat:update", loaded);
        await submitToolResults(ctx, deps, granted, body);
        return { status: 204, granted, body: undefined };
      },
    }),
  ];
}
