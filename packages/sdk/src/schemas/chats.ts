import { z } from "zod";
import { Time, Uuid } from "../scalars.ts";
import { ChatInputPart, ChatMessage, ChatMessagePart, ChatQueuedMessage } from "./chat-messages.ts";
import { Group } from "./groups.ts";
import { MinimalUser } from "./common.ts";

/**
 * What a chat does: rest, work, stop, wait for the results of tools that the client runs, or nothing after an error.
 * `pending`, `paused` and `completed` come from servers of before, and are read alone.
 */
export const ChatStatus = z.enum([
  "waiting",
  "pending",
  "running",
  "paused",
  "completed",
  "error",
  "requires_action",
  "interrupting",
]);
export type ChatStatus = z.infer<typeof ChatStatus>;

/** Through what a chat was made: a page, or a program. */
export const ChatClientType = z.enum(["ui", "api"]);
export type ChatClientType = z.infer<typeof ChatClientType>;

/** A chat that plans first, and changes nothing before. */
export const ChatPlanMode = z.enum(["plan"]);
export type ChatPlanMode = z.infer<typeof ChatPlanMode>;

/** What a message does to a chat that is at work: wait for its turn, or stop it and go first. */
export const ChatBusyBehavior = z.enum(["queue", "interrupt"]);
export type ChatBusyBehavior = z.infer<typeof ChatBusyBehavior>;

/** Why a turn failed, for programs. `config`, `missing_key` and `provider_disabled` are for an admin to mend. */
export const ChatErrorKind = z.enum([
  "generic",
  "overloaded",
  "rate_limit",
  "timeout",
  "stream_silence_timeout",
  "auth",
  "config",
  "usage_limit",
  "missing_key",
  "provider_disabled",
  "content_filter",
]);
export type ChatErrorKind = z.infer<typeof ChatErrorKind>;

/** Why a turn failed. `provider` and `status_code` are those of the request to the model that failed last. */
export const ChatError = z.object({
  message: z.string(),
  detail: z.string().optional(),
  kind: ChatErrorKind,
  provider: z.string().optional(),
  retryable: z.boolean(),
  status_code: z.int().optional(),
});
export type ChatError = z.infer<typeof ChatError>;

/** What is known of a chat's changes in its repository; zeros where there are none. */
export const ChatDiffStatus = z.object({
  chat_id: Uuid,
  url: z.string().optional(),
  pull_request_state: z.string().optional(),
  pull_request_title: z.string(),
  pull_request_draft: z.boolean(),
  changes_requested: z.boolean(),
  additions: z.int(),
  deletions: z.int(),
  changed_files: z.int(),
  author_login: z.string().optional(),
  author_avatar_url: z.string().optional(),
  base_branch: z.string().optional(),
  head_branch: z.string().optional(),
  pr_number: z.int().optional(),
  commits: z.int().optional(),
  approved: z.boolean().optional(),
  reviewer_count: z.int().optional(),
  refreshed_at: Time.optional(),
  stale_at: Time.optional(),
});
export type ChatDiffStatus = z.infer<typeof ChatDiffStatus>;

/** A file that belongs to a chat, without what is in it. */
export const ChatFileMetadata = z.object({
  id: Uuid,
  owner_id: Uuid,
  organization_id: Uuid,
  name: z.string(),
  mime_type: z.string(),
  created_at: Time,
});
export type ChatFileMetadata = z.infer<typeof ChatFileMetadata>;

/** Which kind of thing of a workspace was found for the model. */
export const ChatContextResourceKind = z.enum(["instruction_file", "skill", "mcp_config", "mcp_server"]);
export type ChatContextResourceKind = z.infer<typeof ChatContextResourceKind>;

/** Whether the model is given it, or why not. */
export const ChatContextResourceStatus = z.enum(["ok", "oversize", "unreadable", "invalid", "excluded"]);
export type ChatContextResourceStatus = z.infer<typeof ChatContextResourceStatus>;

/** A tool of a workspace's MCP server. */
export const ChatContextTool = z.object({ name: z.string(), description: z.string().optional() });
export type ChatContextTool = z.infer<typeof ChatContextTool>;

/** One thing that was found in a workspace for the model; `source` is its path. */
export const ChatContextResource = z.object({
  kind: ChatContextResourceKind,
  source: z.string(),
  status: ChatContextResourceStatus,
  error: z.string().optional(),
  size_bytes: z.int().optional(),
  skill_name: z.string().optional(),
  skill_description: z.string().optional(),
  tools: z.array(ChatContextTool).optional(),
});
export type ChatContextResource = z.infer<typeof ChatContextResource>;

/** What a chat was given of its workspace; `dirty`: the workspace has other things by now. */
export const ChatContext = z.object({
  dirty: z.boolean(),
  dirty_since: Time.optional(),
  error: z.string().optional(),
  resources: z.array(ChatContextResource).optional(),
});
export type ChatContext = z.infer<typeof ChatContext>;

const chatFields = {
  id: Uuid,
  organization_id: Uuid,
  owner_id: Uuid,
  owner_username: z.string(),
  owner_name: z.string(),
  workspace_id: Uuid.optional(),
  build_id: Uuid.optional(),
  agent_id: Uuid.optional(),
  parent_chat_id: Uuid.optional(),
  root_chat_id: Uuid,
  last_model_config_id: Uuid,
  last_reasoning_effort: z.string().optional(),
  title: z.string(),
  status: ChatStatus,
  plan_mode: ChatPlanMode.optional(),
  last_error: ChatError.optional(),
  last_turn_summary: z.string().nullable(),
  diff_status: ChatDiffStatus.optional(),
  created_at: Time,
  updated_at: Time,
  archived: z.boolean(),
  shared: z.boolean(),
  pin_order: z.int(),
  mcp_server_ids: z.array(Uuid),
  labels: z.record(z.string(), z.string()),
  files: z.array(ChatFileMetadata).optional(),
  has_unread: z.boolean(),
  last_injected_context: z.array(ChatMessagePart).optional(),
  context: ChatContext.optional(),
  warnings: z.array(z.string()).optional(),
  client_type: ChatClientType,
};

/** A chat that another began; itself it begins none. */
export const ChildChat = z.object({ ...chatFields, children: z.array(z.object({})).max(0) });
export type ChildChat = z.infer<typeof ChildChat>;

/**
 * A conversation with a model. `workspace_id`, `build_id` and `agent_id` say where it works; `has_unread`, whether its
 * owner has not seen its last message; `children`, the chats that it began itself.
 */
export const Chat = z.object({ ...chatFields, children: z.array(ChildChat) });
export type Chat = z.infer<typeof Chat>;

/** A tool that the client runs itself: the chat waits for what `POST …/tool-results` says. */
export const DynamicTool = z.object({
  name: z.string().min(1),
  description: z.string().optional(),
  input_schema: z.record(z.string(), z.unknown()).optional(),
});
export type DynamicTool = z.infer<typeof DynamicTool>;

/** What a chat begins with. Without a model it is the default one; without a title one is made of the first words. */
export const CreateChatRequest = z.object({
  organization_id: Uuid,
  content: z.array(ChatInputPart),
  title: z.string().optional(),
  system_prompt: z.string().optional(),
  workspace_id: Uuid.optional(),
  model_config_id: Uuid.optional(),
  reasoning_effort: z.string().optional(),
  mcp_server_ids: z.array(Uuid).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  unsafe_dynamic_tools: z.array(DynamicTool).optional(),
  plan_mode: ChatPlanMode.optional(),
  client_type: ChatClientType.optional(),
});
export type CreateChatRequest = z.infer<typeof CreateChatRequest>;

/** What is to change of a chat. An empty `plan_mode` ends planning; `pin_order` 0 unpins. */
export const UpdateChatRequest = z.object({
  title: z.string().optional(),
  archived: z.boolean().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  pin_order: z.int().min(0).optional(),
  plan_mode: z.union([ChatPlanMode, z.literal("")]).optional(),
  workspace_id: Uuid.optional(),
});
export type UpdateChatRequest = z.infer<typeof UpdateChatRequest>;

/** A message to a chat; what is left out of model, servers and plan mode stays as it is. */
export const CreateChatMessageRequest = z.object({
  content: z.array(ChatInputPart),
  model_config_id: Uuid.optional(),
  reasoning_effort: z.string().optional(),
  mcp_server_ids: z.array(Uuid).optional(),
  plan_mode: z.union([ChatPlanMode, z.literal("")]).optional(),
  busy_behavior: ChatBusyBehavior.optional(),
});
export type CreateChatMessageRequest = z.infer<typeof CreateChatMessageRequest>;

/**
 * What became of a message: it is in the conversation (`message`), or waits (`queued_message`). `messages` are all that
 * came into the conversation by it, in order.
 */
export const CreateChatMessageResponse = z.object({
  message: ChatMessage.optional(),
  queued_message: ChatQueuedMessage.optional(),
  queued: z.boolean(),
  messages: z.array(ChatMessage).optional(),
  warnings: z.array(z.string()).optional(),
});
export type CreateChatMessageResponse = z.infer<typeof CreateChatMessageResponse>;

/** What stands in the place of a message, and of everything after it. */
export const EditChatMessageRequest = z.object({
  content: z.array(ChatInputPart),
  model_config_id: Uuid.optional(),
  reasoning_effort: z.string().optional(),
  mcp_server_ids: z.array(Uuid).optional(),
});
export type EditChatMessageRequest = z.infer<typeof EditChatMessageRequest>;

/** The new message; `deleted_message_ids` are no longer part of the conversation. */
export const EditChatMessageResponse = z.object({
  message: ChatMessage,
  messages: z.array(ChatMessage).optional(),
  deleted_message_ids: z.array(z.int()).optional(),
  warnings: z.array(z.string()).optional(),
});
export type EditChatMessageResponse = z.infer<typeof EditChatMessageResponse>;

/** What a tool of the client answered: any JSON. */
export const ChatToolResult = z.object({
  tool_call_id: z.string(),
  output: z.unknown().optional(),
  is_error: z.boolean().optional(),
});
export type ChatToolResult = z.infer<typeof ChatToolResult>;

/** The results of all calls that the chat waits for, each once. */
export const SubmitChatToolResultsRequest = z.object({ results: z.array(ChatToolResult) });
export type SubmitChatToolResultsRequest = z.infer<typeof SubmitChatToolResultsRequest>;

/** What may be given on a chat: to read it; the empty one takes that away. */
export const ChatRole = z.enum(["read", ""]);
export type ChatRole = z.infer<typeof ChatRole>;

/** Somebody who may read a chat of another. */
export const ChatUser = z.object({ ...MinimalUser.shape, role: ChatRole });
export type ChatUser = z.infer<typeof ChatUser>;

/** A group whose members may read a chat. */
export const ChatGroup = z.object({ ...Group.shape, role: ChatRole });
export type ChatGroup = z.infer<typeof ChatGroup>;

/** With whom a chat is shared. */
export const ChatACL = z.object({ users: z.array(ChatUser), groups: z.array(ChatGroup) });
export type ChatACL = z.infer<typeof ChatACL>;

/** Roles by the ids of users and of groups; who is not named keeps what it has. */
export const UpdateChatACL = z.object({
  user_roles: z.record(z.string(), ChatRole).optional(),
  group_roles: z.record(z.string(), ChatRole).optional(),
});
export type UpdateChatACL = z.infer<typeof UpdateChatACL>;

/** A call that waits for its result; `args` is JSON as a text. */
export const ChatStreamToolCall = z.object({
  tool_call_id: z.string(),
  tool_name: z.string(),
  args: z.string(),
});
export type ChatStreamToolCall = z.infer<typeof ChatStreamToolCall>;

/** What happened to a chat of the watcher's: archiving is `deleted` too, and its end `created`. */
export const ChatWatchEventKind = z.enum([
  "status_change",
  "summary_change",
  "title_change",
  "created",
  "deleted",
  "diff_status_change",
  "action_required",
  "context_dirty",
]);
export type ChatWatchEventKind = z.infer<typeof ChatWatchEventKind>;

/** What happened, with the chat as it is now. */
export const ChatWatchEvent = z.object({
  kind: ChatWatchEventKind,
  chat: Chat,
  tool_calls: z.array(ChatStreamToolCall).optional(),
});
export type ChatWatchEvent = z.infer<typeof ChatWatchEvent>;

/** What an event of a chat's stream tells; `preview_reset` voids the parts so far, `history_reset` the messages. */
export const ChatStreamEventType = z.enum([
  "message_part",
  "message",
  "status",
  "error",
  "queue_update",
  "retry",
  "action_required",
  "preview_reset",
  "history_reset",
]);
export type ChatStreamEventType = z.infer<typeof ChatStreamEventType>;

/** A piece of what is being said, never stored; `seq` counts from 1 within its history version and attempt. */
export const ChatStreamMessagePart = z.object({
  role: ChatMessage.shape.role,
  part: ChatMessagePart,
  history_version: z.int(),
  generation_attempt: z.int(),
  seq: z.int(),
});
export type ChatStreamMessagePart = z.infer<typeof ChatStreamMessagePart>;

/** A request to the model failed, and is tried again at `retrying_at`. */
export const ChatStreamRetry = z.object({
  attempt: z.int(),
  delay_ms: z.int(),
  error: z.string(),
  kind: ChatErrorKind.optional(),
  provider: z.string().optional(),
  status_code: z.int().optional(),
  retrying_at: Time,
});
export type ChatStreamRetry = z.infer<typeof ChatStreamRetry>;

/** One event of a chat's stream, which sends lists of them; `queued_messages` left out is none. */
export const ChatStreamEvent = z.object({
  type: ChatStreamEventType,
  chat_id: Uuid,
  message: ChatMessage.optional(),
  message_part: ChatStreamMessagePart.optional(),
  status: z.object({ status: ChatStatus }).optional(),
  error: ChatError.optional(),
  retry: ChatStreamRetry.optional(),
  queued_messages: z.array(ChatQueuedMessage).optional(),
  action_required: z.object({ tool_calls: z.array(ChatStreamToolCall) }).optional(),
});
export type ChatStreamEvent = z.infer<typeof ChatStreamEvent>;
