import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import { QueryInt } from "../query.ts";
import {
  AIProvider,
  ChatModelACL,
  ChatModelConfig,
  ChatModelOverrideResponse,
  ChatModelOverridesResponse,
  ChatModelsResponse,
  ChatPersonalModelOverride,
  CreateAIProviderRequest,
  CreateChatModelRequest,
  OrganizationChatModel,
  OrganizationChatModelsResponse,
  PutUserAIProviderKeyRequest,
  UpdateAIProviderRequest,
  UpdateChatModelACL,
  UpdateChatModelOverrideRequest,
  UpdateChatModelRequest,
  UpdateChatPersonalModelOverrideRequest,
  UserAIProviderKeyConfig,
  UserChatPersonalModelOverridesResponse,
} from "../schemas/ai.ts";
import { ACLAvailable } from "../schemas/templates.ts";

/** By name; for owners of the deployment, as all about providers is. Keys are shown masked. */
export const listAiProviders = endpoint({
  method: "GET",
  path: "/api/v2/ai/providers",
  operation: "list_ai_providers",
  summary: "List providers of AI models",
  responses: { 200: z.array(AIProvider) },
});

/** 409 for a name that another one has. */
export const createAiProvider = endpoint({
  method: "POST",
  path: "/api/v2/ai/providers",
  operation: "create_ai_provider",
  summary: "Add a provider of AI models",
  body: CreateAIProviderRequest,
  responses: { 201: AIProvider },
});

/** By its id or name. */
export const getAiProvider = endpoint({
  method: "GET",
  path: "/api/v2/ai/providers/{idOrName}",
  operation: "get_ai_provider",
  summary: "A provider of AI models",
  responses: { 200: AIProvider },
});

/** What is left out stays; `api_keys` is the whole list that it shall have. */
export const updateAiProvider = endpoint({
  method: "PATCH",
  path: "/api/v2/ai/providers/{idOrName}",
  operation: "update_ai_provider",
  summary: "Change a provider of AI models",
  body: UpdateAIProviderRequest,
  responses: { 200: AIProvider },
});

/** Its models go with it, and its keys are forgotten. */
export const deleteAiProvider = endpoint({
  method: "DELETE",
  path: "/api/v2/ai/providers/{idOrName}",
  operation: "delete_ai_provider",
  summary: "Delete a provider of AI models",
  responses: { 204: null },
});

/** Of each provider, whether the user has a key. Keys are each user's own: 404 for anybody else's, to owners as well. */
export const listUserAiProviderKeys = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/ai-provider-keys",
  operation: "list_user_ai_provider_keys",
  summary: "A user's keys of AI providers",
  responses: { 200: z.array(UserAIProviderKeyConfig) },
});

/** In the place of the one that the user has. 400 for a provider that takes no keys of users. */
export const putUserAiProviderKey = endpoint({
  method: "PUT",
  path: "/api/v2/users/{user}/ai-provider-keys/{aiProvider}",
  operation: "put_user_ai_provider_key",
  summary: "Keep a user's key of an AI provider",
  body: PutUserAIProviderKeyRequest,
  responses: { 200: UserAIProviderKeyConfig },
});

/** 404 where there is none. */
export const deleteUserAiProviderKey = endpoint({
  method: "DELETE",
  path: "/api/v2/users/{user}/ai-provider-keys/{aiProvider}",
  operation: "delete_user_ai_provider_key",
  summary: "Forget a user's key of an AI provider",
  responses: { 204: null },
});

/** Those that the caller may use, default first. */
export const listOrganizationChatModels = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}/chats/models",
  operation: "list_organization_chat_models",
  summary: "Models for chats of an organization",
  responses: { 200: OrganizationChatModelsResponse },
});

/** For everyone in the organization, until its access list says otherwise. */
export const createOrganizationChatModel = endpoint({
  method: "POST",
  path: "/api/v2/organizations/{organization}/chats/models",
  operation: "create_organization_chat_model",
  summary: "Add a model for chats",
  body: CreateChatModelRequest,
  responses: { 201: OrganizationChatModel },
});

/** One that the caller may use. */
export const getOrganizationChatModel = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}/chats/models/{model}",
  operation: "get_organization_chat_model",
  summary: "A model for chats",
  responses: { 200: OrganizationChatModel },
});

/** What is left out stays; `model_config` is replaced as a whole. */
export const updateOrganizationChatModel = endpoint({
  method: "PATCH",
  path: "/api/v2/organizations/{organization}/chats/models/{model}",
  operation: "update_organization_chat_model",
  summary: "Change a model for chats",
  body: UpdateChatModelRequest,
  responses: { 200: OrganizationChatModel },
});

/** Chats that used it go on with the default. */
export const deleteOrganizationChatModel = endpoint({
  method: "DELETE",
  path: "/api/v2/organizations/{organization}/chats/models/{model}",
  operation: "delete_organization_chat_model",
  summary: "Delete a model for chats",
  responses: { 204: null },
});

/** Who may use a model; for whoever may change it. */
export const getChatModelAcl = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}/chats/models/{model}/acl",
  operation: "get_chat_model_acl",
  summary: "Who may use a model",
  responses: { 200: ChatModelACL },
});

/** Gives a model to users and groups, by their ids; the role `""` takes it from them. */
export const updateChatModelAcl = endpoint({
  method: "PATCH",
  path: "/api/v2/organizations/{organization}/chats/models/{model}/acl",
  operation: "update_chat_model_acl",
  summary: "Change who may use a model",
  body: UpdateChatModelACL,
  responses: { 204: null },
});

/** Whom a model can be given to: members and groups of its organization. */
export const listAvailableForChatModel = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}/chats/models/{model}/acl/available",
  operation: "list_available_for_chat_model",
  summary: "Users and groups that a model can be given to",
  query: z.object({ q: z.string().optional(), limit: QueryInt.optional(), offset: QueryInt.optional() }),
  responses: { 200: ACLAvailable },
});

/** Of the default organization, by type of provider: for clients before 2.37. */
export const listChatModels = endpoint({
  method: "GET",
  path: "/api/experimental/chats/models",
  operation: "list_chat_models",
  summary: "Models for chats, by provider",
  responses: { 200: ChatModelsResponse },
});

/** Of the default organization: for clients before 2.37. */
export const listChatModelConfigs = endpoint({
  method: "GET",
  path: "/api/experimental/chats/model-configs",
  operation: "list_chat_model_configs",
  summary: "Models for chats of the default organization",
  responses: { 200: z.array(ChatModelConfig) },
});

/** Of the default organization: for clients before 2.37. */
export const createChatModelConfig = endpoint({
  method: "POST",
  path: "/api/experimental/chats/model-configs",
  operation: "create_chat_model_config",
  summary: "Add a model for chats to the default organization",
  body: CreateChatModelRequest,
  responses: { 201: ChatModelConfig },
});

/** Of the default organization: for clients before 2.37. */
export const updateChatModelConfig = endpoint({
  method: "PATCH",
  path: "/api/experimental/chats/model-configs/{model}",
  operation: "update_chat_model_config",
  summary: "Change a model for chats of the default organization",
  body: UpdateChatModelRequest,
  responses: { 200: ChatModelConfig },
});

/** Of the default organization: for clients before 2.37. */
export const deleteChatModelConfig = endpoint({
  method: "DELETE",
  path: "/api/experimental/chats/model-configs/{model}",
  operation: "delete_chat_model_config",
  summary: "Delete a model for chats of the default organization",
  responses: { 204: null },
});

/** Every purpose has an entry, those that nothing is said of among them. For admins. */
export const listChatModelOverrides = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}/chats/model-overrides",
  operation: "list_chat_model_overrides",
  summary: "An organization's models for one purpose each",
  responses: { 200: ChatModelOverridesResponse },
});

/** One of the organization's; an empty id takes it away. 400 for a purpose that nothing asks for. */
export const putChatModelOverride = endpoint({
  method: "PUT",
  path: "/api/v2/organizations/{organization}/chats/model-overrides/{context}",
  operation: "put_chat_model_override",
  summary: "Choose an organization's model for one purpose",
  body: UpdateChatModelOverrideRequest,
  responses: { 200: ChatModelOverrideResponse },
});

/** Beside what the organization says of the same purposes. */
export const listPersonalModelOverrides = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}/members/{user}/chats/model-overrides",
  operation: "list_personal_model_overrides",
  summary: "A member's models for one purpose each",
  responses: { 200: UserChatPersonalModelOverridesResponse },
});

/** One that the member may use. 400 for a purpose that nothing asks for. */
export const putPersonalModelOverride = endpoint({
  method: "PUT",
  path: "/api/v2/organizations/{organization}/members/{user}/chats/model-overrides/{context}",
  operation: "put_personal_model_override",
  summary: "Choose a member's model for one purpose",
  body: UpdateChatPersonalModelOverrideRequest,
  responses: { 200: ChatPersonalModelOverride },
});
