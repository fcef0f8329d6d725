import type { LanguageModel } from "ai";
import type { ProviderType } from "../providers/provider-types.ts";

/** Where a model is served, and with which key. */
export interface Connection {
  readonly type: ProviderType;
  readonly baseUrl: string;
  readonly apiKey: string;
  /** The model's name with the provider. */
  readonly model: string;
  /** Of Bedrock. */
  readonly region?: string | undefined;
  /** OpenAI's chat completions in the place of its responses. */
  readonly usesChatCompletions?: boolean | undefined;
}

/**
 * The model in the library's form. The library of each provider is loaded with its first model: a server that nobody chats
 * with does not pay for it. Everything is given, so that no variable of the environment says anything.
 * @throws Error for a type that no chat can use
 */
export async function buildModel(connection: Connection, fetch: typeof globalThis.fetch): Promise<LanguageModel> {
  const { type, apiKey, model, baseUrl } = connection;
  const baseURL = baseUrl.replace(/\/+$/, "");
  switch (type) {
    case "openai":
    case "azure": {
      const { createOpenAI } = await import("@ai-sdk/openai");
      const headers = type === "azure" ? { "api-key": apiKey } : {};
      const provider = createOpenAI({ baseURL, apiKey, headers, fetch });
      return connection.usesChatCompletions === true ? provider.chat(model) : provider.responses(model);
    }
    case "anthropic": {
      const { createAnthropic } = await import("@ai-sdk/anthropic");
      return createAnthropic({ baseURL, apiKey, fetch })(model);
    }
    case "google": {
      const { createGoogle } = await import("@ai-sdk/google");
      return createGoogle({ baseURL, apiKey, fetch })(model);
    }
    case "bedrock": {
      const { createAmazonBedrock } = await import("@ai-sdk/amazon-bedrock");
      return createAmazonBedrock({ baseURL, apiKey, fetch, region: connection.region ?? "us-east-1" })(model);
    }
    case "openai-compat":
    case "openrouter":
    case "vercel": {
      const { createOpenAICompatible } = await import("@ai-sdk/openai-compatible");
      return createOpenAICompatible({ name: type, baseURL, apiKey, fetch, includeUsage: true })(model);
    }
    case "copilot":
      throw new Error("No chat can use a model of this type.");
  }
}
