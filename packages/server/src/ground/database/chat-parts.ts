import { z } from "zod";

const Instant = z.string();

/**
 * A part of a message as it is stored: what the API shows of it, without the zero values that it fills in, and with what
 * never leaves the server (`provider_metadata`, the bodies of files, where a skill lies). @see spec/chat.md §3.4
 */
export const ChatPart = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text"), text: z.string(), provider_metadata: z.unknown().optional() }),
  z.object({
    type: z.literal("reasoning"),
    text: z.string(),
    created_at: Instant.optional(),
    completed_at: Instant.optional(),
    provider_metadata: z.unknown().optional(),
  }),
  z.object({
    type: z.literal("tool-call"),
    tool_call_id: z.string(),
    tool_name: z.string(),
    args: z.unknown().optional(),
    args_delta: z.string().optional(),
    provider_executed: z.boolean().optional(),
    mcp_server_config_id: z.string().optional(),
    parsed_commands: z.array(z.array(z.string())).optional(),
    created_at: Instant.optional(),
    provider_metadata: z.unknown().optional(),
  }),
  z.object({
    type: z.literal("tool-result"),
    tool_call_id: z.string(),
    tool_name: z.string(),
    result: z.unknown().optional(),
    result_delta: z.string().optional(),
    result_reset: z.boolean().optional(),
    is_error: z.boolean().optional(),
    is_media: z.boolean().optional(),
    provider_executed: z.boolean().optional(),
    mcp_server_config_id: z.string().optional(),
    created_at: Instant.optional(),
    provider_metadata: z.unknown().optional(),
  }),
  z.object({
    type: z.literal("source"),
    url: z.string(),
    source_id: z.string().optional(),
    title: z.string().optional(),
    provider_metadata: z.unknown().optional(),
  }),
  z.object({
    type: z.literal("file"),
    media_type: z.string(),
    file_id: z.string().optional(),
    name: z.string().optional(),
    /** Base64. */
    data: z.string().optional(),
  }),
  z.object({
    type: z.literal("file-reference"),
    file_name: z.string(),
    start_line: z.int(),
    end_line: z.int(),
    content: z.string(),
  }),
  z.object({
    type: z.literal("context-file"),
    context_file_path: z.string(),
    context_file_truncated: z.boolean().optional(),
    context_file_agent_id: z.string().optional(),
    context_file_content: z.string().optional(),
    context_file_os: z.string().optional(),
    context_file_directory: z.string().optional(),
  }),
  z.object({
    type: z.literal("skill"),
    skill_name: z.string(),
    skill_description: z.string().optional(),
    context_file_agent_id: z.string().optional(),
    skill_dir: z.string().optional(),
    context_file_skill_meta_file: z.string().optional(),
  }),
]);
export type ChatPart = z.infer<typeof ChatPart>;
