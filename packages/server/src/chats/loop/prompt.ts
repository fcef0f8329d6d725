import type { PromptMessage } from "../../ai/index.ts";
import type { ChatPart } from "../../ground/database/index.ts";
import type { HistoryRow } from "../worker/chat-work.ts";

/** What a model is told: what the server says first, then the conversation. */
export interface Prompt {
  readonly system: readonly string[];
  readonly messages: readonly PromptMessage[];
}

/** The history as a model is told it. Pure. @see spec/chat.md §19 */
export function promptOf(history: readonly HistoryRow[]): Prompt {
  return {
    system: history.flatMap(({ role, content }) => (role === "system" ? textsOf(content) : [])),
    messages: history.flatMap(toPromptMessage),
  };
}

function toPromptMessage({ role, content }: HistoryRow): PromptMessage[] {
  switch (role) {
    case "system":
      return [];
    case "user": {
      const said = content.flatMap(toUserText);
      return said.length === 0 ? [] : [{ role, content: said.map((text) => ({ type: "text", text })) }];
    }
    case "assistant": {
      const said = content.flatMap(toAssistantPart);
      return said.length === 0 ? [] : [{ role, content: said }];
    }
    case "tool":
      return [{ role, content: content.flatMap(toResult) }];
  }
}

type AssistantPart = Extract<PromptMessage, { role: "assistant" }>["content"][number];
type ToolResult = Extract<PromptMessage, { role: "tool" }>["content"][number];

function textsOf(content: readonly ChatPart[]): string[] {
  return content.flatMap((part) => (part.type === "text" ? [sanitized(part.text)] : []));
}

function toUserText(part: ChatPart): string[] {
  if (part.type === "text") return [sanitized(part.text)];
  if (part.type === "file") return [`(a file that is no longer there: ${part.name ?? part.media_type})`];
  if (part.type !== "file-reference") return [];
  return [sanitized(`${part.file_name}, lines ${part.start_line} to ${part.end_line}:\n${part.content}`)];
}

function toAssistantPart(part: ChatPart): AssistantPart[] {
  const metadata =
    "provider_metadata" in part && part.provider_metadata !== undefined
      ? { providerMetadata: part.provider_metadata as AssistantPart["providerMetadata"] } // stored as it was given
      : {};
  if (part.type === "text" || part.type === "reasoning") return [{ type: part.type, text: part.text, ...metadata }];
  if (part.type !== "tool-call" || part.provider_executed === true) return [];
  const { tool_call_id: toolCallId, tool_name: toolName, args = {} } = part;
  return [{ type: part.type, toolCallId, toolName, args, ...metadata }];
}

function toResult(part: ChatPart): ToolResult[] {
  if (part.type !== "tool-result") return [];
  const { tool_call_id: toolCallId, tool_name: toolName, result = null, is_error: isError } = part;
  return [{ toolCallId, toolName, result, ...(isError === true ? { isError } : {}) }];
}

/** Without characters that nobody sees: what they say is said to the model alone. Pure. */
export function sanitized(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, (character) => (/[\t\n\r\u200d]/.test(character) ? character : ""));
}
