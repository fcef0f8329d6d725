import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import { QueryInt, QueryUuid } from "../query.ts";
import { ChatMessagesResponse, ChatPromptsResponse } from "../schemas/chat-messages.ts";
import {
  Chat,
  ChatACL,
  ChatStreamEvent,
  ChatWatchEvent,
  CreateChatMessageRequest,
  CreateChatMessageResponse,
  CreateChatRequest,
  EditChatMessageRequest,
  EditChatMessageResponse,
  SubmitChatToolResultsRequest,
  UpdateChatACL,
  UpdateChatRequest,
} from "../schemas/chats.ts";
import { Response } from "../schemas/common.ts";

// Each of these is served at `/api/experimental/chats…` as well (`experimentalOf`), for clients before 2.37.

/** Begins a chat and its first turn. 403 for whoever may not chat in the organization. */
export const createChat = endpoint({
  method: "POST",
  path: "/api/v2/chats",
  operation: "create_chat",
  summary: "Begin a chat",
  body: CreateChatRequest,
  responses: { 201: Chat },
});

/**
 * Chats that nobody else began, those they began within them: the caller's and those shared with it, pinned ones first,
 * then newest first. Of several `label=key:value` all must match.
 */
export const listChats = endpoint({
  method: "GET",
  path: "/api/v2/chats",
  operation: "list_chats",
  summary: "List chats",
  query: z.object({
    q: z.string().optional(),
    label: z.union([z.string(), z.array(z.string())]).optional(),
    limit: QueryInt.optional(),
    offset: QueryInt.optional(),
    after_id: QueryUuid.optional(),
  }),
  responses: { 200: z.array(Chat) },
});

/** What happens to the caller's own chats, an event a message. */
export const watchChats = endpoint({
  method: "GET",
  path: "/api/v2/chats/watch",
  operation: "watch_chats",
  summary: "Watch one's chats",
  socket: true,
  responses: { 200: ChatWatchEvent },
});

/** A chat with the files that belong to it. */
export const getChat = endpoint({
  method: "GET",
  path: "/api/v2/chats/{chat}",
  operation: "get_chat",
  summary: "A chat",
  responses: { 200: Chat },
});

/** Title, labels, pin, plan mode, workspace; and whether it is archived, with all that it began. */
export const updateChat = endpoint({
  method: "PATCH",
  path: "/api/v2/chats/{chat}",
  operation: "update_chat",
  summary: "Change, archive or pin a chat",
  body: UpdateChatRequest,
  responses: { 204: null },
});

/** A page of what was said. Ids are the cursors: `before_id` for older messages, `after_id` for newer ones. */
export const listChatMessages = endpoint({
  method: "GET",
  path: "/api/v2/chats/{chat}/messages",
  operation: "list_chat_messages",
  summary: "Messages of a chat",
  query: z.object({
    before_id: QueryInt.optional(),
    after_id: QueryInt.optional(),
    limit: QueryInt.optional(),
  }),
  responses: { 200: ChatMessagesResponse },
});

/** Says something. To a chat that is at work it waits, or stops the work where `busy_behavior` says so. */
export const sendChatMessage = endpoint({
  method: "POST",
  path: "/api/v2/chats/{chat}/messages",
  operation: "send_chat_message",
  summary: "Send a message to a chat",
  body: CreateChatMessageRequest,
  responses: { 200: CreateChatMessageResponse },
});

/** Says something else in the place of a message of one's own: what came after is no longer part of the chat. */
export const editChatMessage = endpoint({
  method: "PATCH",
  path: "/api/v2/chats/{chat}/messages/{message}",
  operation: "edit_chat_message",
  summary: "Edit a message of a chat",
  body: EditChatMessageRequest,
  responses: { 200: EditChatMessageResponse },
});

/**
 * A chat as it goes on: frames of events, the first of which is how it stands. `after_id`: messages up to that one are
 * left out of it. Whoever sends something is let go.
 */
export const streamChat = endpoint({
  method: "GET",
  path: "/api/v2/chats/{chat}/stream",
  operation: "stream_chat",
  summary: "Follow a chat",
  query: z.object({ after_id: QueryInt.optional() }),
  socket: true,
  responses: { 200: z.array(ChatStreamEvent) },
});

/** What the owner wrote, newest first, to be found again with the arrow keys. */
export const listChatPrompts = endpoint({
  method: "GET",
  path: "/api/v2/chats/{chat}/prompts",
  operation: "list_chat_prompts",
  summary: "Prompts of a chat",
  query: z.object({ limit: QueryInt.optional() }),
  responses: { 200: ChatPromptsResponse },
});

/** Stops the turn; what was said until then is kept. 409 for a chat that rests. */
export const interruptChat = endpoint({
  method: "POST",
  path: "/api/v2/chats/{chat}/interrupt",
  operation: "interrupt_chat",
  summary: "Interrupt a chat",
  responses: { 200: Chat },
});

/** Brings a chat whose state is none that there should be into the state of an error, from which it goes on. */
export const reconcileChat = endpoint({
  method: "POST",
  path: "/api/v2/chats/{chat}/reconcile-invalid",
  operation: "reconcile_chat",
  summary: "Repair a chat in an impossible state",
  responses: { 200: Chat },
});

/** Takes a message back that still waits. */
export const deleteQueuedChatMessage = endpoint({
  method: "DELETE",
  path: "/api/v2/chats/{chat}/queue/{message}",
  operation: "delete_queued_chat_message",
  summary: "Take back a message that waits",
  responses: { 204: null },
});

/** Lets a message that waits go first, and stops what goes on. */
export const promoteQueuedChatMessage = endpoint({
  method: "POST",
  path: "/api/v2/chats/{chat}/queue/{message}/promote",
  operation: "promote_queued_chat_message",
  summary: "Let a message that waits go first",
  responses: { 202: Response },
});

/** What the client's own tools answered: every call that the chat waits for, each once. */
export const submitChatToolResults = endpoint({
  method: "POST",
  path: "/api/v2/chats/{chat}/tool-results",
  operation: "submit_chat_tool_results",
  summary: "Results of a client's tools",
  body: SubmitChatToolResultsRequest,
  responses: { 204: null },
});

/** With whom a chat is shared; for its owner. */
export const getChatAcl = endpoint({
  method: "GET",
  path: "/api/v2/chats/{chat}/acl",
  operation: "get_chat_acl",
  summary: "With whom a chat is shared",
  responses: { 200: ChatACL },
});

/** Lets users and groups of the organization read a chat, with those that it began; the role `""` ends it. */
export const updateChatAcl = endpoint({
  method: "PATCH",
  path: "/api/v2/chats/{chat}/acl",
  operation: "update_chat_acl",
  summary: "Share a chat",
  body: UpdateChatACL,
  responses: { 204: null },
});
