import type { JSONValue, ModelMessage, SystemModelMessage } from "ai";
import type { PromptMessage, ProviderMetadata, ToolResultPart } from "./prompt-message.ts";

type ProviderOptions = NonNullable<SystemModelMessage["providerOptions"]>;
type Output = Extract<ModelMessage, { role: "tool" }>["content"][number];
type ResultOutput = Extract<Output, { type: "tool-result" }>["output"];

export interface SdkPrompt {
  readonly instructions: SystemModelMessage[];
  readonly messages: ModelMessage[];
}

/** What is before it is kept by Anthropic for the next request. */
const cacheMark: ProviderOptions = {
  anthropic: { cacheControl: { type: "ephemeral" } },
  bedrock: { cachePoint: { type: "default" } },
};

/**
 * The prompt in the library's form. For Anthropic's models the last system message and the last two messages are marked as what
 * the next request begins with. Pure. @see spec "AI chat" §16.6
 */
export function toSdkPrompt(
  system: readonly string[],
  messages: readonly PromptMessage[],
  { isAnthropic }: { readonly isAnthropic: boolean },
): SdkPrompt {
  const marked = <M extends object>(message: M, isMarked: boolean): M =>
    isAnthropic && isMarked ? { ...message, providerOptions: cacheMark } : message;
  return {
    instructions: system.map((content, at) =>
      marked<SystemModelMessage>({ role: "system", content }, at === system.length - 1),
    ),
    messages: messages.map((message, at) => marked(toModelMessage(message, isAnthropic), at >= messages.length - 2)),
  };
}

function toModelMessage(message: PromptMessage, isAnthropic: boolean): ModelMessage {
  if (message.role === "user") {
    return {
      role: "user",
      content: message.content.map((part) =>
        part.type === "text"
          ? { type: "text", text: part.text }
          : { type: "file", mediaType: part.mediaType, data: part.data, ...(part.name && { filename: part.name }) },
      ),
    };
  }
  if (message.role === "tool") {
    return {
      role: "tool",
      content: message.content.map((part) => ({
        type: "tool-result",
        toolCallId: part.toolCallId,
        toolName: part.toolName,
        output: outputOf(part, isAnthropic),
      })),
    };
  }
  return {
    role: "assistant",
    content: message.content.map((part) =>
      part.type === "tool-call"
        ? {
            type: "tool-call",
            toolCallId: part.toolCallId,
            toolName: part.toolName,
            input: inputOf(part.args),
            ...metadataOf(part.providerMetadata),
          }
        : { type: part.type, text: part.text, ...metadataOf(part.providerMetadata) },
    ),
  };
}

function metadataOf(metadata: ProviderMetadata | undefined): { providerOptions?: ProviderOptions } {
  return metadata === undefined ? {} : { providerOptions: metadata as ProviderOptions }; // a provider's own JSON comes back
}

/** Providers take objects alone: what was none is shown as what it was. */
function inputOf(args: unknown): unknown {
  const isObject = typeof args === "object" && args !== null && !Array.isArray(args);
  return isObject ? args : { invalid_arguments: args ?? null };
}

/** Others have no mark for a result that is an error: the library would put it into an object of its own. */
function outputOf({ result, isError, media }: ToolResultPart, isAnthropic: boolean): ResultOutput {
  const value = (result ?? null) as JSONValue; // what is stored as JSON
  if (isError === true && isAnthropic) {
    return { type: "error-text", value: typeof value === "string" ? value : JSON.stringify(value) };
  }
  if (media === undefined) return typeof value === "string" ? { type: "text", value } : { type: "json", value };
  const text = value === null ? [] : [{ type: "text" as const, text: JSON.stringify(value) }];
  const file = { type: "file" as const, mediaType: media.mediaType, data: { type: "data" as const, data: media.data } };
  return { type: "content", value: [...text, file] };
}
