import { z } from "zod";
import { Time, Uuid } from "../scalars.ts";
import { ChatGroup, ChatRole, ChatUser } from "./chats.ts";

/** Whose API a provider speaks. `copilot` is kept and shown, and no chat can use it. */
export const AIProviderType = z.enum([
  "openai",
  "anthropic",
  "azure",
  "google",
  "openai-compat",
  "openrouter",
  "vercel",
  "bedrock",
  "copilot",
]);
export type AIProviderType = z.infer<typeof AIProviderType>;

/** A key as it may be shown: its first and last character. */
export const AIProviderKey = z.object({
  id: Uuid,
  masked: z.string(),
  created_at: Time,
});
export type AIProviderKey = z.infer<typeof AIProviderKey>;

/** What a type of providers wants beside its address: `region` of Bedrock. */
export const AIProviderSettings = z.record(z.string(), z.unknown());
export type AIProviderSettings = z.infer<typeof AIProviderSettings>;

const keyPolicy = {
  /** Chats may use the provider's own keys. */
  central_api_key_enabled: z.boolean(),
  /** Users may bring a key, which then is the one that their chats use. */
  allow_user_api_key: z.boolean(),
  /** With both: who has brought none uses the provider's own. */
  allow_central_api_key_fallback: z.boolean(),
};

/** Where models are served, and with which keys. `base_url` is what requests begin with. */
export const AIProvider = z.object({
  id: Uuid,
  type: AIProviderType,
  name: z.string(),
  display_name: z.string(),
  icon: z.string().optional(),
  enabled: z.boolean(),
  base_url: z.string(),
  api_keys: z.array(AIProviderKey),
  settings: AIProviderSettings.nullable(),
  ...keyPolicy,
  created_at: Time,
  updated_at: Time,
});
export type AIProvider = z.infer<typeof AIProvider>;

/** `type`, `name` and `base_url` are required. Keys are never shown again. */
export const CreateAIProviderRequest = z.object({
  type: AIProviderType.optional(),
  name: z.string().optional(),
  display_name: z.string().optional(),
  icon: z.string().optional(),
  /** @default true */
  enabled: z.boolean().optional(),
  base_url: z.string().optional(),
  api_keys: z.array(z.string()).optional(),
  settings: AIProviderSettings.optional(),
  ...z.object(keyPolicy).partial().shape,
});
export type CreateAIProviderRequest = z.infer<typeof CreateAIProviderRequest>;

/** One key of the list that a provider shall have: `id` alone keeps one, `api_key` alone adds one, both replace one. */
export const AIProviderKeyMutation = z.object({
  id: Uuid.optional(),
  api_key: z.string().optional(),
});
export type AIProviderKeyMutation = z.infer<typeof AIProviderKeyMutation>;

/** What is left out stays. `api_keys` is the whole list: a key that it does not name is forgotten. */
export const UpdateAIProviderRequest = z.object({
  display_name: z.string().optional(),
  icon: z.string().optional(),
  enabled: z.boolean().optional(),
  base_url: z.string().optional(),
  api_keys: z.array(AIProviderKeyMutation).optional(),
  settings: AIProviderSettings.optional(),
  ...z.object(keyPolicy).partial().shape,
});
export type UpdateAIProviderRequest = z.infer<typeof UpdateAIProviderRequest>;

/** As much of a provider as every user may see. */
export const AIProviderSummary = z.object({
  id: Uuid,
  type: AIProviderType,
  name: z.string(),
  display_name: z.string(),
  icon: z.string(),
  enabled: z.boolean(),
  deleted: z.boolean(),
});
export type AIProviderSummary = z.infer<typeof AIProviderSummary>;

/** Whether a user has a key of the provider, and whether one would be used (`byok_enabled`). */
export const UserAIProviderKeyConfig = z.object({
  provider: AIProviderSummary,
  byok_enabled: z.boolean(),
  has_provider_api_key: z.boolean(),
  has_user_api_key: z.boolean(),
});
export type UserAIProviderKeyConfig = z.infer<typeof UserAIProviderKeyConfig>;

/** A user's own key of a provider, never shown again. */
export const PutUserAIProviderKeyRequest = z.object({ api_key: z.string() });
export type PutUserAIProviderKeyRequest = z.infer<typeof PutUserAIProviderKeyRequest>;

/** Why nobody, or not this user, can use a provider's models. */
export const ChatModelProviderUnavailableReason = z.enum(["missing_api_key", "fetch_failed", "user_api_key_required"]);
export type ChatModelProviderUnavailableReason = z.infer<typeof ChatModelProviderUnavailableReason>;

/** A model by the word of its provider and its name there. `id` is `<provider>:<model>`. */
export const ChatModel = z.object({
  id: z.string(),
  provider: z.string(),
  model: z.string(),
  display_name: z.string(),
});
export type ChatModel = z.infer<typeof ChatModel>;

/** `available` when the caller has, or is lent, a key of any provider of the type. */
export const ChatModelProvider = z.object({
  provider: z.string(),
  available: z.boolean(),
  unavailable_reason: ChatModelProviderUnavailableReason.optional(),
  models: z.array(ChatModel),
});
export type ChatModelProvider = z.infer<typeof ChatModelProvider>;

/** A provider whose type no chat can use. */
export const ChatUnsupportedProvider = z.object({ provider: z.string(), display_name: z.string() });
export type ChatUnsupportedProvider = z.infer<typeof ChatUnsupportedProvider>;

/** The models that the caller's chats can use, by type of provider. */
export const ChatModelsResponse = z.object({
  providers: z.array(ChatModelProvider),
  unsupported_providers: z.array(ChatUnsupportedProvider).optional(),
});
export type ChatModelsResponse = z.infer<typeof ChatModelsResponse>;

/** How hard a model thinks, from not at all to as hard as it can. */
export const ReasoningEffort = z.enum(["none", "minimal", "low", "medium", "high", "xhigh", "max"]);
export type ReasoningEffort = z.infer<typeof ReasoningEffort>;

const names = z.array(z.string());

/** What requests to one kind of providers carry beside. A field that is not here is refused. */
export const ChatModelProviderOptions = z
  .strictObject({
    openai: z
      .strictObject({
        instructions: z.string(),
        log_probs: z.boolean(),
        logit_bias: z.record(z.string(), z.int()),
        max_completion_tokens: z.int().min(1),
        max_tool_calls: z.int().min(1),
        metadata: z.record(z.string(), z.string()),
        parallel_tool_calls: z.boolean(),
        prompt_cache_key: z.string(),
        reasoning_summary: z.string(),
        safety_identifier: z.string(),
        service_tier: z.string(),
        store: z.boolean(),
        strict_json_schema: z.boolean(),
        text_verbosity: z.enum(["low", "medium", "high"]),
        user: z.string(),
      })
      .partial(),
    anthropic: z
      .strictObject({
        disable_parallel_tool_use: z.boolean(),
        send_reasoning: z.boolean(),
        thinking: z.strictObject({ budget_tokens: z.int().min(1024) }),
      })
      .partial(),
    google: z
      .strictObject({
        cached_content: z.string(),
        safety_settings: z.array(z.strictObject({ category: z.string(), threshold: z.string() })),
        thinking_config: z
          .strictObject({
            include_thoughts: z.boolean(),
            thinking_budget: z.int(),
            thinking_level: z.string(),
          })
          .partial(),
      })
      .partial(),
    openaicompat: z.strictObject({ user: z.string() }).partial(),
    openrouter: z
      .strictObject({
        parallel_tool_calls: z.boolean(),
        provider: z
          .strictObject({
            allow_fallbacks: z.boolean(),
            data_collection: z.string(),
            ignore: names,
            only: names,
            order: names,
            quantizations: names,
            require_parameters: z.boolean(),
            sort: z.string(),
          })
          .partial(),
        reasoning: z.strictObject({ enabled: z.boolean(), exclude: z.boolean(), max_tokens: z.int().min(1) }).partial(),
        user: z.string(),
      })
      .partial(),
    vercel: z
      .strictObject({
        parallel_tool_calls: z.boolean(),
        providerOptions: z.strictObject({ models: names, order: names }).partial(),
        reasoning: z.strictObject({ enabled: z.boolean(), exclude: z.boolean(), max_tokens: z.int().min(1) }).partial(),
        user: z.string(),
      })
      .partial(),
  })
  .partial();
export type ChatModelProviderOptions = z.infer<typeof ChatModelProviderOptions>;

/** What every request to a model carries. A field that is not here is refused: nothing is taken that no model is told. */
export const ChatModelCallConfig = z
  .strictObject({
    max_output_tokens: z.int().min(1),
    temperature: z.number().min(0).max(2),
    top_p: z.number().min(0).max(1),
    top_k: z.int().min(1),
    presence_penalty: z.number().min(-2).max(2),
    frequency_penalty: z.number().min(-2).max(2),
    /** What chats begin with, and may ask for at most. A model without it is never asked to think. */
    reasoning_effort: z.strictObject({ default: ReasoningEffort, max: ReasoningEffort }).partial(),
    openai_config: z.strictObject({ reasoning_model: z.boolean(), use_responses_api: z.boolean() }).partial(),
    provider_options: ChatModelProviderOptions,
  })
  .partial();
export type ChatModelCallConfig = z.infer<typeof ChatModelCallConfig>;

const modelOfAnyone = {
  id: Uuid,
  ai_provider_id: Uuid,
  model: z.string(),
  display_name: z.string(),
  enabled: z.boolean(),
  is_default: z.boolean(),
  /** In tokens. */
  context_limit: z.int(),
  /** How full the context is, in percent, when it is made smaller; 100: never. */
  compression_threshold: z.int(),
  model_config: ChatModelCallConfig.optional(),
  created_at: Time,
  updated_at: Time,
};

/** A model of the default organization, as clients before 2.37 know it. `provider` is the type of its provider. */
export const ChatModelConfig = z.object({ ...modelOfAnyone, provider: z.string() });
export type ChatModelConfig = z.infer<typeof ChatModelConfig>;

/** A model of an organization. `reasoning_efforts` are those that its chats may ask for. */
export const OrganizationChatModel = z.object({
  ...modelOfAnyone,
  organization_id: Uuid,
  reasoning_efforts: z.array(ReasoningEffort),
});
export type OrganizationChatModel = z.infer<typeof OrganizationChatModel>;

/** `ai_provider_id`, `model` and `context_limit` are required. The first model of an organization is its default. */
export const CreateChatModelRequest = z.object({
  ai_provider_id: Uuid,
  model: z.string(),
  display_name: z.string().optional(),
  /** @default true */
  enabled: z.boolean().optional(),
  is_default: z.boolean().optional(),
  context_limit: z.int(),
  /** @default 70, 30 from 500,000 tokens on */
  compression_threshold: z.int().optional(),
  model_config: ChatModelCallConfig.optional(),
});
export type CreateChatModelRequest = z.infer<typeof CreateChatModelRequest>;

/** What is left out stays. A default that is no longer one is followed by another. */
export const UpdateChatModelRequest = CreateChatModelRequest.partial();
export type UpdateChatModelRequest = z.infer<typeof UpdateChatModelRequest>;

/** A provider of models, as their users may see it. */
export const ChatModelProviderDescriptor = z.object({
  id: Uuid,
  type: AIProviderType,
  display_name: z.string(),
  icon: z.string(),
  enabled: z.boolean(),
  available: z.boolean(),
  unavailable_reason: ChatModelProviderUnavailableReason.optional(),
  allow_user_api_key: z.boolean(),
  has_api_key: z.boolean(),
  has_user_api_key: z.boolean(),
  has_effective_api_key: z.boolean(),
});
export type ChatModelProviderDescriptor = z.infer<typeof ChatModelProviderDescriptor>;

/** The models of an organization that the caller may use, and who serves them. */
export const OrganizationChatModelsResponse = z.object({
  models: z.array(OrganizationChatModel),
  providers: z.array(ChatModelProviderDescriptor),
  unsupported_providers: z.array(ChatUnsupportedProvider),
});
export type OrganizationChatModelsResponse = z.infer<typeof OrganizationChatModelsResponse>;

/** Who may use a model: the group of everyone, unless it was taken off. */
export const ChatModelACL = z.object({ users: z.array(ChatUser), groups: z.array(ChatGroup) });
export type ChatModelACL = z.infer<typeof ChatModelACL>;

/** By the ids of users and groups. */
export const UpdateChatModelACL = z.object({
  user_roles: z.record(z.string(), ChatRole).optional(),
  group_roles: z.record(z.string(), ChatRole).optional(),
});
export type UpdateChatModelACL = z.infer<typeof UpdateChatModelACL>;

/** What an organization may use a model of its own for. */
export const ChatModelOverrideContext = z.enum(["general", "explore", "title_generation", "compaction"]);
export type ChatModelOverrideContext = z.infer<typeof ChatModelOverrideContext>;

/** The model for one purpose. `model_config_id` is empty where nothing is said; an effort too. */
export const ChatModelOverrideResponse = z.object({
  context: ChatModelOverrideContext,
  model_config_id: z.string(),
  reasoning_effort: z.string(),
});
export type ChatModelOverrideResponse = z.infer<typeof ChatModelOverrideResponse>;

/** One for each purpose. */
export const ChatModelOverridesResponse = z.object({ overrides: z.array(ChatModelOverrideResponse) });
export type ChatModelOverridesResponse = z.infer<typeof ChatModelOverridesResponse>;

/** An empty `model_config_id` takes the override away. */
export const UpdateChatModelOverrideRequest = z.object({
  model_config_id: z.string().optional(),
  reasoning_effort: z.union([ReasoningEffort, z.literal("")]).optional(),
});
export type UpdateChatModelOverrideRequest = z.infer<typeof UpdateChatModelOverrideRequest>;

/** What a member may use a model of its own for: new chats, and the two kinds of their children. */
export const ChatPersonalModelOverrideContext = z.enum(["root", "general", "explore"]);
export type ChatPersonalModelOverrideContext = z.infer<typeof ChatPersonalModelOverrideContext>;

/** The organization's, the chat's own, or a model that is named. */
export const ChatPersonalModelOverrideMode = z.enum(["deployment_default", "chat_default", "model"]);
export type ChatPersonalModelOverrideMode = z.infer<typeof ChatPersonalModelOverrideMode>;

/** A member's model for one purpose. */
export const ChatPersonalModelOverride = z.object({
  context: ChatPersonalModelOverrideContext,
  is_set: z.boolean(),
  mode: ChatPersonalModelOverrideMode,
  model_config_id: z.string(),
  reasoning_effort: z.string(),
});
export type ChatPersonalModelOverride = z.infer<typeof ChatPersonalModelOverride>;

/** A member's models, beside those of the organization. */
export const UserChatPersonalModelOverridesResponse = z.object({
  enabled: z.boolean(),
  root: ChatPersonalModelOverride,
  general: ChatPersonalModelOverride,
  explore: ChatPersonalModelOverride,
  deployment_defaults: z.object({ general: ChatModelOverrideResponse, explore: ChatModelOverrideResponse }),
});
export type UserChatPersonalModelOverridesResponse = z.infer<typeof UserChatPersonalModelOverridesResponse>;

/** `model_config_id` goes with the mode `model`, and with no other. */
export const UpdateChatPersonalModelOverrideRequest = z.object({
  mode: ChatPersonalModelOverrideMode,
  model_config_id: z.string().optional(),
  reasoning_effort: z.union([ReasoningEffort, z.literal("")]).optional(),
});
export type UpdateChatPersonalModelOverrideRequest = z.infer<typeof UpdateChatPersonalModelOverrideRequest>;
