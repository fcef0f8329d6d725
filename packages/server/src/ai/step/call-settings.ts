import type { ChatModelCallConfig, ReasoningEffort } from "@hearth/sdk";
import type { ProviderType } from "../providers/provider-types.ts";

type Json = null | string | number | boolean | Json[] | { [key: string]: Json | undefined };
type JsonObject = { [key: string]: Json | undefined };

/** What a request to a model carries beside its prompt, in the library's words. */
export interface CallSettings {
  readonly maxOutputTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly presencePenalty?: number;
  readonly frequencyPenalty?: number;
  readonly reasoning?: ReasoningEffort;
  readonly providerOptions: Record<string, JsonObject>;
}

/** The settings of a model for one type of providers. Pure. @see spec "AI chat" §16.4 */
export function callSettings(
  type: ProviderType,
  options: ChatModelCallConfig,
  effort: ReasoningEffort | undefined,
): CallSettings {
  return withoutUndefined({
    maxOutputTokens: options.max_output_tokens,
    temperature: options.temperature,
    topP: options.top_p,
    topK: options.top_k,
    presencePenalty: options.presence_penalty,
    frequencyPenalty: options.frequency_penalty,
    reasoning: effort,
    providerOptions: providerOptions(type, options),
  }) as unknown as CallSettings; // the same fields, those that are undefined left out
}

function providerOptions(type: ProviderType, options: ChatModelCallConfig): Record<string, JsonObject> {
  const own = options.provider_options ?? {};
  switch (type) {
    case "openai":
    case "azure":
      return { openai: openaiOptions(options) };
    case "anthropic":
      return { anthropic: anthropicOptions(own.anthropic ?? {}) };
    case "google":
      return { google: camelKeys(own.google ?? {}) };
    case "bedrock":
      return {};
    case "openrouter":
      // What the library does not know goes into the body as it is.
      return { openrouter: { ...own.openrouter } };
    case "vercel":
      return { vercel: { ...own.vercel } };
    case "openai-compat":
    case "copilot":
      return { openaiCompat: { ...own.openaicompat } };
  }
}

function openaiOptions({ provider_options: own, openai_config: config }: ChatModelCallConfig): JsonObject {
  const { log_probs: logprobs, ...rest } = own?.openai ?? {};
  return withoutUndefined({
    // The transcript is ours, and every request has all of it: nothing is left with the provider unless somebody says so.
    store: false,
    ...camelKeys(rest),
    logprobs,
    forceReasoning: config?.reasoning_model,
  });
}

function anthropicOptions({
  disable_parallel_tool_use: disableParallelToolUse,
  send_reasoning: sendReasoning,
  thinking,
}: NonNullable<NonNullable<ChatModelCallConfig["provider_options"]>["anthropic"]>): JsonObject {
  return withoutUndefined({
    disableParallelToolUse,
    sendReasoning,
    thinking: thinking && { type: "enabled", budgetTokens: thinking.budget_tokens },
  });
}

/** The API's names as the library has them, those of inner objects as well; keys of maps are somebody's own. */
function camelKeys(options: object): JsonObject {
  return Object.fromEntries(
    Object.entries(options as JsonObject).map(([name, value]) => {
      const isShape = typeof value === "object" && value !== null && !Array.isArray(value);
      return [camel(name), isShape && !ownKeys.has(name) ? camelKeys(value) : value];
    }),
  );
}

const ownKeys = new Set(["metadata", "logit_bias"]);

const camel = (name: string): string => name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

function withoutUndefined(object: object): JsonObject {
  return Object.fromEntries(Object.entries(object as JsonObject).filter(([, value]) => value !== undefined));
}
