import { z } from "zod";
import { Time, Uuid } from "../scalars.ts";

/** Who says something: what the server tells the model, a person, the model, or a tool that it called. */
export const ChatMessageRole = z.enum(["system", "user", "assistant", "tool"]);
export type ChatMessageRole = z.infer<typeof ChatMessageRole>;

/**
 * What a part of a message is. `source` is where a provider's own search looked, `context-file` and `skill` what was
 * taken from the workspace for the model.
 */
export const ChatMessagePartType = z.enum([
  "text",
  "reasoning",
  "tool-call",
  "tool-result",
  "source",
  "file",
  "file-reference",
  "context-file",
  "skill",
]);
export type ChatMessagePartType = z.infer<typeof ChatMessagePartType>;

/**
 * A part of a message. The fields without `optional` are there on every part, with their zero value where the type has
 * no use for them; `args` and `result` are any JSON, and the two `_delta` only come in streams.
 */
export const ChatMessagePart = z.object({
  type: ChatMessagePartType,
  text: z.string(),
  tool_call_id: z.string().optional(),
  tool_name: z.string().optional(),
  mcp_server_config_id: Uuid.nullable(),
  args: z.unknown().optional(),
  args_delta: z.string().optional(),
  parsed_commands: z.array(z.array(z.string())).optional(),
  result: z.unknown().optional(),
  result_delta: z.string().optional(),
  result_reset: z.boolean().optional(),
  is_error: z.boolean().optional(),
  is_media: z.boolean().optional(),
  provider_executed: z.boolean().optional(),
  created_at: Time.optional(),
  completed_at: Time.optional(),
  url: z.string(),
  source_id: z.string().optional(),
  title: z.string().optional(),
  media_type: z.string(),
  file_id: Uuid.nullable(),
  name: z.string().optional(),
  /** Base64; only of a file without an id. */
  data: z.string().optional(),
  file_name: z.string(),
  start_line: z.int(),
  end_line: z.int(),
  content: z.string(),
  context_file_path: z.string(),
  context_file_truncated: z.boolean().optional(),
  context_file_agent_id: Uuid.nullable(),
  skill_name: z.string(),
  skill_description: z.string().optional(),
});
export type ChatMessagePart = z.infer<typeof ChatMessagePart>;

/** Tokens of one answer of a model, as its provider counted them; what it did not say, and zero, is left out. */
export const ChatMessageUsage = z.object({
  input_tokens: z.int().optional(),
  output_tokens: z.int().optional(),
  total_tokens: z.int().optional(),
  reasoning_tokens: z.int().optional(),
  cache_creation_tokens: z.int().optional(),
  cache_read_tokens: z.int().optional(),
  context_limit: z.int().optional(),
});
export type ChatMessageUsage = z.infer<typeof ChatMessageUsage>;

/** A message of a chat. `created_by` is left out where no person wrote it; ids grow with the conversation. */
export const ChatMessage = z.object({
  id: z.int(),
  chat_id: Uuid,
  created_by: Uuid.optional(),
  model_config_id: Uuid.optional(),
  created_at: Time,
  role: ChatMessageRole,
  content: z.array(ChatMessagePart),
  usage: ChatMessageUsage.optional(),
});
export type ChatMessage = z.infer<typeof ChatMessage>;

/** A message that waits until the chat is free. As a message it has another id, and the time of its promotion. */
export const ChatQueuedMessage = z.object({
  id: z.int(),
  chat_id: Uuid,
  model_config_id: Uuid.optional(),
  content: z.array(ChatMessagePart),
  created_at: Time,
});
export type ChatQueuedMessage = z.infer<typeof ChatQueuedMessage>;

/** What a client may send as a part. */
export const ChatInputPartType = z.enum(["text", "file", "file-reference"]);
export type ChatInputPartType = z.infer<typeof ChatInputPartType>;

/** A part of a message that is sent: a text, a file that was uploaded, or some lines of one. */
export const ChatInputPart = z.object({
  type: ChatInputPartType,
  text: z.string().optional(),
  file_id: Uuid.optional(),
  file_name: z.string().optional(),
  start_line: z.int().min(0).optional(),
  end_line: z.int().min(0).optional(),
  content: z.string().optional(),
});
export type ChatInputPart = z.infer<typeof ChatInputPart>;

/** Newest first; of a request with `after_id` alone, oldest first. `queued_messages` come with the first page only. */
export const ChatMessagesResponse = z.object({
  messages: z.array(ChatMessage),
  queued_messages: z.array(ChatQueuedMessage),
  has_more: z.boolean(),
});
export type ChatMessagesResponse = z.infer<typeof ChatMessagesResponse>;

/** What its owner wrote in a message, texts alone. */
export const ChatPrompt = z.object({ id: z.int(), text: z.string() });
export type ChatPrompt = z.infer<typeof ChatPrompt>;

/** What an owner wrote last comes first; blank texts are left out. */
export const ChatPromptsResponse = z.object({ prompts: z.array(ChatPrompt) });
export type ChatPromptsResponse = z.infer<typeof ChatPromptsResponse>;
