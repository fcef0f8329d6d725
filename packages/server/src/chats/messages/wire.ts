import type * as api from "@hearth/sdk";
import type { ChatPart } from "../../ground/database/index.ts";
import type { OpenCall } from "../machine/index.ts";
import type { MessageRow, QueuedRow } from "../store/rows.ts";

/** What every part has on the wire where its type has no use for it. @see spec/chat.md §3.4 */
const zero = {
  text: "",
  mcp_server_config_id: null,
  url: "",
  media_type: "",
  file_id: null,
  file_name: "",
  start_line: 0,
  end_line: 0,
  content: "",
  context_file_path: "",
  context_file_agent_id: null,
  skill_name: "",
} as const;

/** What never leaves the server. */
const internal: ReadonlySet<string> = new Set([
  "provider_metadata",
  "context_file_content",
  "context_file_os",
  "context_file_directory",
  "skill_dir",
  "context_file_skill_meta_file",
]);

/** Only told where it is so. */
const onlyTrue: ReadonlySet<string> = new Set([
  "is_error",
  "is_media",
  "provider_executed",
  "result_reset",
  "context_file_truncated",
]);

/** A part as the API shows it: with the zero values of what it lacks, and without what is the server's own. Pure. */
export function toApiPart(part: ChatPart): api.ChatMessagePart {
  const shown = Object.entries(part).filter(([name, value]) => {
    if (value === undefined || internal.has(name)) return false;
    if (onlyTrue.has(name)) return value === true;
    return name !== "data" || !("file_id" in part) || part.file_id === undefined;
  });
  return { ...zero, ...Object.fromEntries(shown), type: part.type };
}

const usageFields = [
  "input_tokens",
  "output_tokens",
  "total_tokens",
  "reasoning_tokens",
  "cache_creation_tokens",
  "cache_read_tokens",
  "context_limit",
] as const;

/** A message as the API shows it. Pure. */
export function toApiMessage(row: MessageRow): api.ChatMessage {
  const usage = Object.fromEntries(usageFields.flatMap((name) => (row[name] ? [[name, row[name]]] : [])));
  return {
    id: row.id,
    chat_id: row.chat_id,
    ...(row.created_by === null ? {} : { created_by: row.created_by }),
    ...(row.model_config_id === null ? {} : { model_config_id: row.model_config_id }),
    created_at: new Date(row.created_at).toISOString(),
    role: row.role,
    content: row.content.map(toApiPart),
    ...(row.role === "assistant" && Object.keys(usage).length > 0 ? { usage } : {}),
  };
}

/** A message that waits, as the API shows it. Pure. */
export function toApiQueuedMessage(row: QueuedRow): api.ChatQueuedMessage {
  return {
    id: row.id,
    chat_id: row.chat_id,
    ...(row.model_config_id === null ? {} : { model_config_id: row.model_config_id }),
    content: row.content.map(toApiPart),
    created_at: new Date(row.created_at).toISOString(),
  };
}

/** A call that the client has to answer, as the API shows it. Pure. */
export function toApiToolCall({ tool_call_id, tool_name, args }: OpenCall): api.ChatStreamToolCall {
  return { tool_call_id, tool_name, args: JSON.stringify(args ?? {}) };
}
