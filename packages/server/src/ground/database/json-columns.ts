import {
  ChatError,
  ChatStreamRetry,
  DynamicTool,
  AIProviderSettings,
  ChatModelCallConfig,
  PrebuildsSettings,
  TemplateVersionParameterOption,
  UserAppearanceSettings,
  UserPreferenceSettings,
  WorkspaceResourceMetadata,
} from "@hearth/sdk";
import { z } from "zod";
import { ChatPart } from "./chat-parts.ts";

/** Tags of jobs and of the daemons that may take them. @see spec/builds.md §8.3 */
const Tags = z.record(z.string(), z.string());

/** Actions that a user or a group has been given on one thing, by id. */
const Acl = z.record(z.string(), z.array(z.string()));

/** By the name of an engine, what it is on a daemon; see `EngineOffer` of the provisioner. */
const EngineOffers = z.record(z.string(), z.object({ livesOnHost: z.boolean(), unsandboxed: z.string().optional() }));

/** What the job of a build says of it; the API shows the build's id alone. */
const BuildJobInput = z.object({
  workspace_build_id: z.string(),
  workspace_id: z.string(),
  /** Whose the workspace was when the build was asked for: its watchers hear of the job. */
  owner_id: z.string(),
  log_level: z.literal("debug").optional(),
  /** Of a request that could have been served from a pool: why it was not. */
  claim_miss: z.string().optional(),
});
export type BuildJobInput = z.infer<typeof BuildJobInput>;

/** What the job of an import says of it. */
const ImportJobInput = z.object({
  template_version_id: z.string(),
});

/** What the row of a job says of it, by its type: a type of jobs begins here. */
export const jobInputs = { workspace_build: BuildJobInput, template_version_import: ImportJobInput } as const;

/**
 * What each JSON column holds. The types of the tables are made from this map, and a column that it lacks, or has and
 * the database has not, fails the generation: nobody reads JSON by a cast.
 */
export const jsonColumns = {
  "chat_messages.content": z.array(ChatPart),
  "chat_queued_messages.content": z.array(ChatPart),
  "chats.dynamic_tools": z.array(DynamicTool),
  "chats.group_acl": Acl,
  "chats.labels": z.record(z.string(), z.string()),
  "chats.last_error": ChatError,
  "chats.retry_state": ChatStreamRetry,
  "chats.user_acl": Acl,
  "ai_providers.settings": AIProviderSettings.nullable(),
  "chat_model_configs.group_acl": Acl,
  "chat_model_configs.options": ChatModelCallConfig,
  "chat_model_configs.user_acl": Acl,
  /** What the kind of effect says, which its handler reads by the kind's own schema. */
  "outbox.payload": z.record(z.string(), z.unknown()),
  "provisioner_daemons.tags": Tags,
  "provisioner_daemons.engines": EngineOffers,
  "provisioner_jobs.input": z.union(Object.values(jobInputs)),
  "provisioner_jobs.tags": Tags,
  "site_settings.value": PrebuildsSettings,
  "template_version_parameters.options": z.array(TemplateVersionParameterOption),
  "templates.group_acl": Acl,
  "templates.user_acl": Acl,
  "users.appearance": UserAppearanceSettings.partial(),
  "users.preferences": UserPreferenceSettings.partial(),
  "workspace_agents.environment_variables": z.record(z.string(), z.string()),
  "workspace_resources.metadata": z.array(WorkspaceResourceMetadata),
  "workspaces.group_acl": Acl,
  "workspaces.user_acl": Acl,
} as const;

/** Parsed when read; text when written (`JSON.stringify`). */
export type JsonOf<Name extends keyof typeof jsonColumns> = z.infer<(typeof jsonColumns)[Name]>;
