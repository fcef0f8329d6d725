import { ApiError } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import type { Context } from "../access/index.ts";
import type { GrantedChat } from "./access.ts";
import { refuseServers, usableModel, type ChatDeps } from "./create-chat.ts";
import { decideEdit, decideSend, type NewQueuedMessage } from "./machine/index.ts";
import { readContent } from "./messages/input.ts";
import { toApiMessage, toApiQueuedMessage } from "./messages/wire.ts";
import { findMessage } from "./store/messages.ts";
import type { ChatRecord } from "./store/rows.ts";
import { orApiError } from "./store/refused.ts";
import { transitionChat } from "./store/transition.ts";

type Said = Pick<
  api.CreateChatMessageRequest,
  "content" | "model_config_id" | "reasoning_effort" | "mcp_server_ids" | "plan_mode"
>;

/**
 * Says something in a chat, which was `known` so a moment ago: now, or when its turn comes. @throws ApiError `validation_failed`, `precondition_failed` for an
 * archived chat, `rate_limited` where too many messages wait @see spec/chat.md §5.2
 */
export async function sendMessage(
  ctx: Context,
  deps: ChatDeps,
  granted: GrantedChat<"chat:update">,
  known: ChatRecord,
  request: api.CreateChatMessageRequest,
): Promise<api.CreateChatMessageResponse> {
  const message = await readMessage(ctx, deps, granted, request);
  const sending = {
    message,
    interrupts: request.busy_behavior === "interrupt",
    queueLimit: deps.limits.queuedMessages,
  };
  const { inserted, enqueued } = await orApiError(
    transitionChat(ctx, deps, granted, (chat) => decideSend(chat, sending), { watch: "status_change", known }),
  );
  const messages = inserted.filter(({ visibility }) => visibility !== "model").map(toApiMessage);
  const [queued] = enqueued;
  if (queued !== undefined) {
    return {
      queued_message: toApiQueuedMessage(queued),
      queued: true,
      ...(messages.length === 0 ? {} : { messages }),
    };
  }
  const own = messages.at(-1);
  return { ...(own === undefined ? {} : { message: own }), queued: false, messages };
}

/**
 * Says something else in the place of a message of the owner's. @throws ApiError `not_found` for a message that is not in
 * the chat, `precondition_failed` for one that the owner did not write @see spec/chat.md §5.6
 */
export async function editMessage(
  ctx: Context,
  deps: ChatDeps,
  granted: GrantedChat<"chat:update">,
  messageId: number,
  request: api.EditChatMessageRequest,
): Promise<api.EditChatMessageResponse> {
  const original = await findMessage(deps.db, granted, messageId);
  if (original === undefined || original.deleted || original.visibility === "model") {
    throw new ApiError("not_found", "No such message is in this chat.");
  }
  if (original.role !== "user" || original.created_by === null) {
    throw new ApiError("precondition_failed", "Only messages that you wrote can be edited.");
  }
  const message = await readMessage(ctx, deps, granted, request);
  const edited = { ...message, model_config_id: message.model_config_id ?? original.model_config_id };
  const { inserted, removed } = await orApiError(
    transitionChat(ctx, deps, granted, (chat) => decideEdit(chat, { messageId, message: edited }), {
      watch: "status_change",
    }),
  );
  const messages = inserted.map(toApiMessage);
  const own = messages.at(-1);
  if (own === undefined) throw new Error("an edit inserts the message that it is");
  return { message: own, messages, deleted_message_ids: removed };
}

async function readMessage(
  ctx: Context,
  deps: ChatDeps,
  { object: { ownerId, organizationId } }: GrantedChat<"chat:update">,
  said: Said,
): Promise<NewQueuedMessage> {
  const content = readContent(said.content);
  const named = said.model_config_id;
  return {
    content,
    model_config_id: named === undefined ? null : await usableModel(ctx, deps, { ownerId, organizationId }, named),
    reasoning_effort: said.reasoning_effort ?? null,
    mcp_server_ids: said.mcp_server_ids === undefined ? null : refuseServers(said.mcp_server_ids),
    plan_mode: said.plan_mode ?? null,
    created_by: ownerId,
  };
}

/** The id of a message of a path. @throws ApiError `malformed_id` */
export function parseMessageId(text: string): number {
  const id = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(id)) throw new ApiError("malformed_id", `Invalid message ID "${text}": must be a whole number.`);
  return id;
}
