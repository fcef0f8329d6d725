// Generated from the migrated database by `npm run generate`; a test fails when it is not what the migrations make.
import type { ColumnType, Generated, GeneratedAlways } from "kysely";
import type { JsonOf } from "./json-columns.ts";

export interface AiProviderKeysTable {
  id: string;
  ai_provider_id: string;
  sealed: Buffer;
  masked: string;
  position: number;
  created_at: Date;
}

export interface AiProvidersTable {
  id: string;
  type: "openai" | "anthropic" | "azure" | "google" | "openai-compat" | "openrouter" | "vercel" | "bedrock" | "copilot";
  name: string;
  display_name: string;
  icon: Generated<string>;
  enabled: boolean;
  base_url: string;
  settings: ColumnType<JsonOf<"ai_providers.settings">, string, string>;
  central_api_key_enabled: Generated<boolean>;
  allow_user_api_key: Generated<boolean>;
  allow_central_api_key_fallback: Generated<boolean>;
  deleted: Generated<boolean>;
  created_at: Date;
  updated_at: Date;
}

export interface ApiKeysTable {
  id: string;
  user_id: string;
  hashed_secret: Buffer;
  login_type: "password" | "github" | "oidc" | "token" | "none";
  token_name: Generated<string>;
  scopes: Generated<string[]>;
  scope: Generated<string>;
  allow_list: Generated<string[]>;
  lifetime_seconds: number;
  last_used: Date;
  expires_at: Date;
  created_at: Date;
  updated_at: Date;
}

export interface BuildIdempotencyKeysTable {
  workspace_id: string;
  key: string;
  body_hash: Buffer;
  build_id: string;
  created_at: Date;
}

export interface ChatMessagesTable {
  id: GeneratedAlways<number>;
  chat_id: string;
  role: "system" | "user" | "assistant" | "tool";
  content: ColumnType<JsonOf<"chat_messages.content">, string, string>;
  content_version: Generated<number>;
  visibility: Generated<"user" | "model" | "both">;
  created_by: string | null;
  model_config_id: string | null;
  reasoning_effort: string | null;
  compressed: Generated<boolean>;
  deleted: Generated<boolean>;
  revision: number;
  provider_response_id: string | null;
  created_at: Date;
  input_tokens: number | null;
  output_tokens: number | null;
  total_tokens: number | null;
  reasoning_tokens: number | null;
  cache_creation_tokens: number | null;
  cache_read_tokens: number | null;
  context_limit: number | null;
  runtime_ms: number | null;
  total_cost_micros: number | null;
}

export interface ChatModelConfigsTable {
  id: string;
  organization_id: string;
  ai_provider_id: string;
  model: string;
  display_name: string;
  enabled: boolean;
  is_default: boolean;
  context_limit: number;
  compression_threshold: number;
  options: ColumnType<JsonOf<"chat_model_configs.options">, string | undefined, string>;
  user_acl: ColumnType<JsonOf<"chat_model_configs.user_acl">, string | undefined, string>;
  group_acl: ColumnType<JsonOf<"chat_model_configs.group_acl">, string | undefined, string>;
  deleted: Generated<boolean>;
  created_at: Date;
  updated_at: Date;
}

export interface ChatOrganizationModelOverridesTable {
  organization_id: string;
  context: "general" | "explore" | "title_generation" | "compaction";
  model_config_id: string;
  reasoning_effort: "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max" | null;
}

export interface ChatQueuedMessagesTable {
  id: GeneratedAlways<number>;
  chat_id: string;
  content: ColumnType<JsonOf<"chat_queued_messages.content">, string, string>;
  model_config_id: string | null;
  reasoning_effort: string | null;
  mcp_server_ids: string[] | null;
  plan_mode: "plan" | "" | null;
  created_by: string;
  position: number;
  created_at: Date;
}

export interface ChatUserModelOverridesTable {
  user_id: string;
  organization_id: string;
  context: "root" | "general" | "explore";
  mode: "deployment_default" | "chat_default" | "model";
  model_config_id: string | null;
  reasoning_effort: "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max" | null;
}

export interface ChatsTable {
  id: string;
  organization_id: string;
  owner_id: string;
  parent_chat_id: string | null;
  root_chat_id: string | null;
  title: string;
  title_source: Generated<"fallback" | "generated" | "user">;
  status: "waiting" | "running" | "interrupting" | "requires_action" | "error";
  archived: Generated<boolean>;
  plan_mode: "plan" | null;
  client_type: Generated<"ui" | "api">;
  labels: ColumnType<JsonOf<"chats.labels">, string | undefined, string>;
  pin_order: Generated<number>;
  mcp_server_ids: Generated<string[]>;
  dynamic_tools: ColumnType<JsonOf<"chats.dynamic_tools"> | null, string | null, string | null>;
  last_model_config_id: string;
  last_reasoning_effort: string | null;
  workspace_id: string | null;
  build_id: string | null;
  agent_id: string | null;
  worker_id: string | null;
  runner_id: string | null;
  snapshot_version: Generated<number>;
  history_version: Generated<number>;
  queue_version: Generated<number>;
  generation_attempt: Generated<number>;
  retry_state: ColumnType<JsonOf<"chats.retry_state"> | null, string | null, string | null>;
  retry_state_version: Generated<number>;
  last_error: ColumnType<JsonOf<"chats.last_error"> | null, string | null, string | null>;
  requires_action_deadline_at: Date | null;
  last_turn_summary: string | null;
  last_read_message_id: Generated<number>;
  user_acl: ColumnType<JsonOf<"chats.user_acl">, string | undefined, string>;
  group_acl: ColumnType<JsonOf<"chats.group_acl">, string | undefined, string>;
  created_at: Date;
  updated_at: Date;
}

export interface CustomRolesTable {
  id: string;
  organization_id: string | null;
  name: string;
  display_name: Generated<string>;
  site_permissions: Generated<string[]>;
  user_permissions: Generated<string[]>;
  organization_permissions: Generated<string[]>;
  member_permissions: Generated<string[]>;
  created_at: Date;
  updated_at: Date;
}

export interface DeploymentKeysTable {
  name: string;
  secret: Buffer;
  created_at: Date;
}

export interface FilesTable {
  id: string;
  hash: Buffer;
  created_by: string;
  mimetype: string;
  data: Buffer;
  created_at: Date;
}

export interface GitSshKeysTable {
  user_id: string;
  sealed_private_key: Buffer;
  public_key: string;
  created_at: Date;
  updated_at: Date;
}

export interface GroupMembersTable {
  group_id: string;
  organization_id: string;
  user_id: string;
  created_at: Date;
}

export interface GroupsTable {
  id: string;
  organization_id: string;
  name: string;
  display_name: Generated<string>;
  avatar_url: Generated<string>;
  quota_allowance: Generated<number>;
  source: Generated<"user" | "oidc">;
  created_at: Date;
  updated_at: Date;
}

export interface OrganizationMembersTable {
  organization_id: string;
  user_id: string;
  roles: Generated<string[]>;
  created_at: Date;
  updated_at: Date;
}

export interface OrganizationsTable {
  id: string;
  name: string;
  display_name: Generated<string>;
  description: Generated<string>;
  icon: Generated<string>;
  is_default: Generated<boolean>;
  created_at: Date;
  updated_at: Date;
  has_quotas: Generated<boolean>;
}

export interface OutboxTable {
  seq: GeneratedAlways<number>;
  id: string;
  kind: string;
  key: string;
  payload: ColumnType<JsonOf<"outbox.payload">, string, string>;
  created_at: Date;
  due_at: Date;
  epoch: Generated<number>;
  attempts: Generated<number>;
  last_error: string | null;
  set_aside_at: Date | null;
}

export interface ProvisionerDaemonsTable {
  id: string;
  organization_id: string;
  name: string;
  tags: ColumnType<JsonOf<"provisioner_daemons.tags">, string, string>;
  version: string;
  api_version: string;
  replica_id: string | null;
  key_id: string;
  last_seen_at: Date | null;
  created_at: Date;
  languages: Generated<string[]>;
  engines: ColumnType<JsonOf<"provisioner_daemons.engines">, string | undefined, string>;
  host_id: string | null;
  gone_at: Date | null;
}

export interface ProvisionerJobLogsTable {
  id: GeneratedAlways<number>;
  job_id: string;
  created_at: Date;
  source: "provisioner" | "provisioner_daemon";
  level: "trace" | "debug" | "info" | "warn" | "error";
  stage: string;
  output: string;
}

export interface ProvisionerJobSecretsTable {
  job_id: string;
  sealed: Buffer;
}

export interface ProvisionerJobTimingsTable {
  id: GeneratedAlways<number>;
  job_id: string;
  started_at: Date;
  ended_at: Date;
  stage: "init" | "plan" | "graph" | "apply";
  source: string;
  action: string;
  resource: string;
}

export interface ProvisionerJobsTable {
  id: string;
  organization_id: string;
  initiator_id: string;
  type: "template_version_import" | "template_version_dry_run" | "workspace_build";
  storage_method: Generated<string>;
  file_id: string;
  input: ColumnType<JsonOf<"provisioner_jobs.input">, string, string>;
  tags: ColumnType<JsonOf<"provisioner_jobs.tags">, string, string>;
  priority: Generated<number>;
  worker_id: string | null;
  lease_epoch: Generated<number>;
  lease_expires_at: Date | null;
  attempts: Generated<number>;
  created_at: Date;
  updated_at: Date;
  started_at: Date | null;
  canceled_at: Date | null;
  completed_at: Date | null;
  error: string | null;
  error_code: "REQUIRED_TEMPLATE_VARIABLES" | "MISSING_TEMPLATE_PARAMETER" | "INSUFFICIENT_QUOTA" | null;
  logs_length: Generated<number>;
  logs_overflowed: Generated<boolean>;
  job_status: GeneratedAlways<"failed" | "canceled" | "succeeded" | "canceling" | "pending" | "running">;
  language: "native" | "terraform" | null;
  engine: "process" | "docker" | "kubernetes" | "terraform" | null;
  host_id: string | null;
  worker_host_id: string | null;
  worker_name: string | null;
  is_claim_at_once: Generated<boolean>;
}

export interface ReplicasTable {
  id: string;
  hostname: string;
  address: Generated<string>;
  version: string;
  started_at: Date;
  renewed_at: Date;
  expires_at: Date;
}

export interface RunsTable {
  id: string;
  owner_id: string;
  idempotency_key: string | null;
  body_hash: Buffer;
  agent_id: string | null;
  process_id: string | null;
  deletes: boolean;
  replica_id: string;
  exit_code: number | null;
  exit_signal: string | null;
  created_at: Date;
  ended_at: Date | null;
  build_id: string;
  output_bytes: number | null;
}

export interface SchemaMigrationsTable {
  number: number;
  name: string;
  hash: string;
  ran_at: Date;
}

export interface SealCheckTable {
  id: Generated<boolean>;
  sealed: Buffer;
}

export interface SiteSettingsTable {
  name: string;
  value: ColumnType<JsonOf<"site_settings.value">, string, string>;
  updated_at: Date;
}

export interface TemplateVersionParametersTable {
  template_version_id: string;
  name: string;
  display_name: string;
  description: string;
  type: "string" | "number" | "bool" | "list(string)";
  form_type:
    | ""
    | "radio"
    | "slider"
    | "input"
    | "dropdown"
    | "checkbox"
    | "switch"
    | "multi-select"
    | "tag-select"
    | "textarea"
    | "error";
  mutable: boolean;
  default_value: string;
  icon: string;
  options: ColumnType<JsonOf<"template_version_parameters.options">, string, string>;
  validation_regex: string;
  validation_min: number | null;
  validation_max: number | null;
  validation_error: string;
  validation_monotonic: "" | "increasing" | "decreasing";
  required: boolean;
  ephemeral: boolean;
  display_order: number;
  deliverable_at_claim: Generated<boolean>;
}

export interface TemplateVersionPresetParametersTable {
  preset_id: string;
  name: string;
  value: string;
}

export interface TemplateVersionPresetPrebuildSchedulesTable {
  id: string;
  preset_id: string;
  cron_expression: string;
  desired_instances: number;
  position: number;
}

export interface TemplateVersionPresetsTable {
  id: string;
  template_version_id: string;
  name: string;
  description: Generated<string>;
  icon: Generated<string>;
  is_default: Generated<boolean>;
  desired_instances: number | null;
  invalidate_after_secs: number | null;
  scheduling_timezone: Generated<string>;
  prebuild_status: Generated<"healthy" | "hard_limited" | "validation_failed" | "sandbox_required">;
  prebuild_status_detail: Generated<string>;
  last_invalidated_at: Date | null;
  created_at: Date;
}

export interface TemplateVersionSecretsTable {
  template_version_id: string;
  sealed: Buffer;
}

export interface TemplateVersionVariablesTable {
  template_version_id: string;
  name: string;
  description: string;
  type: "string" | "number" | "bool" | "list(string)";
  value: string | null;
  default_value: string;
  required: boolean;
  sensitive: boolean;
}

export interface TemplateVersionsTable {
  id: string;
  template_id: string | null;
  organization_id: string;
  name: string;
  message: Generated<string>;
  readme: Generated<string>;
  job_id: string;
  created_by: string;
  archived: Generated<boolean>;
  source_example_id: string | null;
  engine: "process" | "docker" | "kubernetes" | "terraform" | null;
  created_at: Date;
  updated_at: Date;
  promoted_by: string | null;
  language: "native" | "terraform" | null;
  claim_touches_infrastructure: Generated<boolean>;
}

export interface TemplatesTable {
  id: string;
  organization_id: string;
  name: string;
  display_name: Generated<string>;
  description: Generated<string>;
  icon: Generated<string>;
  provisioner: Generated<string>;
  active_version_id: string;
  created_by: string;
  deleted: Generated<boolean>;
  deprecated: Generated<string>;
  require_active_version: Generated<boolean>;
  allow_user_cancel_workspace_jobs: Generated<boolean>;
  use_classic_parameter_flow: Generated<boolean>;
  disable_module_cache: Generated<boolean>;
  cors_behavior: Generated<"simple" | "passthru">;
  max_port_sharing_level: Generated<"owner" | "authenticated" | "organization" | "public">;
  default_ttl: Generated<number>;
  activity_bump: Generated<number>;
  allow_user_autostart: Generated<boolean>;
  allow_user_autostop: Generated<boolean>;
  autostop_requirement_days_of_week: Generated<number>;
  autostop_requirement_weeks: Generated<number>;
  autostart_block_days_of_week: Generated<number>;
  failure_ttl: Generated<number>;
  time_til_dormant: Generated<number>;
  time_til_dormant_autodelete: Generated<number>;
  time_til_autostop_notify: Generated<number>;
  user_acl: ColumnType<JsonOf<"templates.user_acl">, string | undefined, string>;
  group_acl: ColumnType<JsonOf<"templates.group_acl">, string | undefined, string>;
  created_at: Date;
  updated_at: Date;
}

export interface UnsealedTable {
  kind: "build_state" | "build_secrets" | "job_secrets" | "version_secrets";
  id: string;
  content: Buffer;
}

export interface UserAiProviderKeysTable {
  user_id: string;
  ai_provider_id: string;
  sealed: Buffer;
  created_at: Date;
  updated_at: Date;
}

export interface UserSecretValuesTable {
  user_secret_id: string;
  sealed: Buffer;
}

export interface UserSecretsTable {
  id: string;
  user_id: string;
  name: string;
  description: Generated<string>;
  env_name: Generated<string>;
  file_path: Generated<string>;
  value_bytes: number;
  created_at: Date;
  updated_at: Date;
}

export interface UsersTable {
  id: string;
  username: string;
  name: Generated<string>;
  email: string;
  avatar_url: Generated<string>;
  password_hash: string | null;
  login_type: "password" | "github" | "oidc" | "token" | "none";
  status: "active" | "dormant" | "suspended";
  roles: Generated<string[]>;
  is_system: Generated<boolean>;
  deleted: Generated<boolean>;
  appearance: ColumnType<JsonOf<"users.appearance">, string | undefined, string>;
  preferences: ColumnType<JsonOf<"users.preferences">, string | undefined, string>;
  last_seen_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

export interface WorkspaceAgentLogSourcesTable {
  workspace_agent_id: string;
  id: string;
  display_name: string;
  icon: Generated<string>;
  created_at: Date;
}

export interface WorkspaceAgentLogsTable {
  id: GeneratedAlways<number>;
  agent_id: string;
  created_at: Date;
  output: string;
  level: "trace" | "debug" | "info" | "warn" | "error";
  log_source_id: string;
}

export interface WorkspaceAgentMetadataTable {
  workspace_agent_id: string;
  key: string;
  display_name: string;
  script: string;
  value: Generated<string>;
  error: Generated<string>;
  timeout_seconds: number;
  interval_seconds: number;
  collected_at: Date | null;
  display_order: Generated<number>;
}

export interface WorkspaceAgentScriptTimingsTable {
  id: GeneratedAlways<number>;
  script_id: string;
  started_at: Date;
  ended_at: Date;
  exit_code: number;
  stage: "start" | "stop" | "cron" | "claim";
  status: "ok" | "exit_failure" | "timed_out" | "pipes_left_open";
}

export interface WorkspaceAgentScriptsTable {
  id: string;
  workspace_agent_id: string;
  log_source_id: string;
  log_path: Generated<string>;
  display_name: string;
  script: string;
  cron: Generated<string>;
  run_on_start: boolean;
  run_on_stop: boolean;
  run_on_claim: Generated<boolean>;
  start_blocks_login: boolean;
  timeout_seconds: Generated<number>;
  position: Generated<number>;
  created_at: Date;
}

export interface WorkspaceAgentStatsTable {
  id: GeneratedAlways<number>;
  agent_id: string;
  workspace_id: string;
  template_id: string;
  user_id: string;
  created_at: Date;
  connection_count: Generated<number>;
  rx_packets: Generated<number>;
  rx_bytes: Generated<number>;
  tx_packets: Generated<number>;
  tx_bytes: Generated<number>;
  session_count_vscode: Generated<number>;
  session_count_jetbrains: Generated<number>;
  session_count_reconnecting_pty: Generated<number>;
  session_count_ssh: Generated<number>;
  connection_median_latency_ms: Generated<number>;
}

export interface WorkspaceAgentsTable {
  id: string;
  resource_id: string;
  parent_id: string | null;
  workspace_id: string | null;
  build_id: string | null;
  name: string;
  auth_token_hash: Buffer | null;
  architecture: string;
  operating_system: string;
  environment_variables: ColumnType<JsonOf<"workspace_agents.environment_variables">, string | undefined, string>;
  directory: Generated<string>;
  expanded_directory: Generated<string>;
  version: Generated<string>;
  api_version: Generated<string>;
  subsystems: Generated<("envbox" | "envbuilder" | "exectrace")[]>;
  display_apps: Generated<("vscode" | "vscode_insiders" | "web_terminal" | "ssh_helper" | "port_forwarding_helper")[]>;
  display_order: Generated<number>;
  connection_timeout_seconds: Generated<number>;
  troubleshooting_url: Generated<string>;
  motd_file: Generated<string>;
  api_key_scope: Generated<string>;
  env_from_secrets: Generated<boolean>;
  first_connected_at: Date | null;
  last_connected_at: Date | null;
  disconnected_at: Date | null;
  session_replica_id: string | null;
  session_generation: Generated<number>;
  lifecycle_state: Generated<
    | "created"
    | "starting"
    | "start_timeout"
    | "start_error"
    | "ready"
    | "shutting_down"
    | "shutdown_timeout"
    | "shutdown_error"
    | "off"
  >;
  started_at: Date | null;
  ready_at: Date | null;
  logs_length: Generated<number>;
  logs_overflowed: Generated<boolean>;
  deleted: Generated<boolean>;
  created_at: Date;
  updated_at: Date;
  first_start_ended_at: Date | null;
  first_start_ended_agent_time: Date | null;
  first_start_outcome: "ready" | "start_timeout" | "start_error" | null;
  given_up_at: Date | null;
  given_up_reason: string | null;
}

export interface WorkspaceAppsTable {
  id: string;
  agent_id: string;
  slug: string;
  display_name: string;
  icon: Generated<string>;
  command: string | null;
  url: string | null;
  external: Generated<boolean>;
  subdomain: Generated<boolean>;
  sharing_level: Generated<"owner" | "authenticated" | "organization" | "public">;
  healthcheck_url: Generated<string>;
  healthcheck_interval: Generated<number>;
  healthcheck_threshold: Generated<number>;
  health: Generated<"disabled" | "initializing" | "healthy" | "unhealthy">;
  display_order: Generated<number>;
  display_group: Generated<string>;
  hidden: Generated<boolean>;
  open_in: Generated<"slim-window" | "tab">;
  tooltip: Generated<string>;
  created_at: Date;
}

export interface WorkspaceBuildParametersTable {
  build_id: string;
  name: string;
  value: string | null;
  given_by: string | null;
}

export interface WorkspaceBuildSecretsTable {
  build_id: string;
  sealed: Buffer;
}

export interface WorkspaceBuildStatesTable {
  build_id: string;
  position: number;
  sealed: Buffer;
}

export interface WorkspaceBuildsTable {
  id: string;
  workspace_id: string;
  template_version_id: string;
  template_version_preset_id: string | null;
  build_number: number;
  transition: "start" | "stop" | "delete";
  stage: Generated<"none" | "create" | "claim">;
  initiator_id: string;
  job_id: string;
  reason: Generated<
    | "autostart"
    | "autostop"
    | "cli"
    | "dashboard"
    | "dormancy"
    | "initiator"
    | "jetbrains_connection"
    | "ssh_connection"
    | "task_auto_pause"
    | "task_manual_pause"
    | "task_resume"
    | "vscode_connection"
  >;
  deadline: Date | null;
  max_deadline: Date | null;
  daily_cost: Generated<number>;
  created_at: Date;
  updated_at: Date;
}

export interface WorkspaceFavoritesTable {
  user_id: string;
  workspace_id: string;
}

export interface WorkspacePlacementsTable {
  workspace_id: string;
  engine: "process" | "docker" | "kubernetes" | "terraform";
  host_id: string | null;
}

export interface WorkspaceResourcesTable {
  id: string;
  job_id: string;
  transition: "start" | "stop" | "delete";
  type: string;
  name: string;
  hide: Generated<boolean>;
  icon: Generated<string>;
  daily_cost: Generated<number>;
  metadata: ColumnType<JsonOf<"workspace_resources.metadata">, string | undefined, string>;
  created_at: Date;
}

export interface WorkspacesTable {
  id: string;
  owner_id: string;
  organization_id: string;
  template_id: string;
  name: string;
  deleted: Generated<boolean>;
  autostart_schedule: string | null;
  ttl: number | null;
  last_used_at: Date;
  dormant_at: Date | null;
  deleting_at: Date | null;
  automatic_updates: Generated<"always" | "never">;
  next_start_at: Date | null;
  user_acl: ColumnType<JsonOf<"workspaces.user_acl">, string | undefined, string>;
  group_acl: ColumnType<JsonOf<"workspaces.group_acl">, string | undefined, string>;
  claimed_at: Date | null;
  prebuild_created_at: Date | null;
  claim_count: Generated<number>;
  host_key_seed: Buffer;
  created_at: Date;
  updated_at: Date;
}

export interface Tables {
  ai_provider_keys: AiProviderKeysTable;
  ai_providers: AiProvidersTable;
  api_keys: ApiKeysTable;
  build_idempotency_keys: BuildIdempotencyKeysTable;
  chat_messages: ChatMessagesTable;
  chat_model_configs: ChatModelConfigsTable;
  chat_organization_model_overrides: ChatOrganizationModelOverridesTable;
  chat_queued_messages: ChatQueuedMessagesTable;
  chat_user_model_overrides: ChatUserModelOverridesTable;
  chats: ChatsTable;
  custom_roles: CustomRolesTable;
  deployment_keys: DeploymentKeysTable;
  files: FilesTable;
  git_ssh_keys: GitSshKeysTable;
  group_members: GroupMembersTable;
  groups: GroupsTable;
  organization_members: OrganizationMembersTable;
  organizations: OrganizationsTable;
  outbox: OutboxTable;
  provisioner_daemons: ProvisionerDaemonsTable;
  provisioner_job_logs: ProvisionerJobLogsTable;
  provisioner_job_secrets: ProvisionerJobSecretsTable;
  provisioner_job_timings: ProvisionerJobTimingsTable;
  provisioner_jobs: ProvisionerJobsTable;
  replicas: ReplicasTable;
  runs: RunsTable;
  schema_migrations: SchemaMigrationsTable;
  seal_check: SealCheckTable;
  site_settings: SiteSettingsTable;
  template_version_parameters: TemplateVersionParametersTable;
  template_version_preset_parameters: TemplateVersionPresetParametersTable;
  template_version_preset_prebuild_schedules: TemplateVersionPresetPrebuildSchedulesTable;
  template_version_presets: TemplateVersionPresetsTable;
  template_version_secrets: TemplateVersionSecretsTable;
  template_version_variables: TemplateVersionVariablesTable;
  template_versions: TemplateVersionsTable;
  templates: TemplatesTable;
  unsealed: UnsealedTable;
  user_ai_provider_keys: UserAiProviderKeysTable;
  user_secret_values: UserSecretValuesTable;
  user_secrets: UserSecretsTable;
  users: UsersTable;
  workspace_agent_log_sources: WorkspaceAgentLogSourcesTable;
  workspace_agent_logs: WorkspaceAgentLogsTable;
  workspace_agent_metadata: WorkspaceAgentMetadataTable;
  workspace_agent_script_timings: WorkspaceAgentScriptTimingsTable;
  workspace_agent_scripts: WorkspaceAgentScriptsTable;
  workspace_agent_stats: WorkspaceAgentStatsTable;
  workspace_agents: WorkspaceAgentsTable;
  workspace_apps: WorkspaceAppsTable;
  workspace_build_parameters: WorkspaceBuildParametersTable;
  workspace_build_secrets: WorkspaceBuildSecretsTable;
  workspace_build_states: WorkspaceBuildStatesTable;
  workspace_builds: WorkspaceBuildsTable;
  workspace_favorites: WorkspaceFavoritesTable;
  workspace_placements: WorkspacePlacementsTable;
  workspace_resources: WorkspaceResourcesTable;
  workspaces: WorkspacesTable;
}

/** The columns of each table, in their order. */
export const tableColumns = {
  ai_provider_keys: ["id", "ai_provider_id", "sealed", "masked", "position", "created_at"],
  ai_providers: [
    "id",
    "type",
    "name",
    "display_name",
    "icon",
    "enabled",
    "base_url",
    "settings",
    "central_api_key_enabled",
    "allow_user_api_key",
    "allow_central_api_key_fallback",
    "deleted",
    "created_at",
    "updated_at",
  ],
  api_keys: [
    "id",
    "user_id",
    "hashed_secret",
    "login_type",
    "token_name",
    "scopes",
    "scope",
    "allow_list",
    "lifetime_seconds",
    "last_used",
    "expires_at",
    "created_at",
    "updated_at",
  ],
  build_idempotency_keys: ["workspace_id", "key", "body_hash", "build_id", "created_at"],
  chat_messages: [
    "id",
    "chat_id",
    "role",
    "content",
    "content_version",
    "visibility",
    "created_by",
    "model_config_id",
    "reasoning_effort",
    "compressed",
    "deleted",
    "revision",
    "provider_response_id",
    "created_at",
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "reasoning_tokens",
    "cache_creation_tokens",
    "cache_read_tokens",
    "context_limit",
    "runtime_ms",
    "total_cost_micros",
  ],
  chat_model_configs: [
    "id",
    "organization_id",
    "ai_provider_id",
    "model",
    "display_name",
    "enabled",
    "is_default",
    "context_limit",
    "compression_threshold",
    "options",
    "user_acl",
    "group_acl",
    "deleted",
    "created_at",
    "updated_at",
  ],
  chat_organization_model_overrides: ["organization_id", "context", "model_config_id", "reasoning_effort"],
  chat_queued_messages: [
    "id",
    "chat_id",
    "content",
    "model_config_id",
    "reasoning_effort",
    "mcp_server_ids",
    "plan_mode",
    "created_by",
    "position",
    "created_at",
  ],
  chat_user_model_overrides: ["user_id", "organization_id", "context", "mode", "model_config_id", "reasoning_effort"],
  chats: [
    "id",
    "organization_id",
    "owner_id",
    "parent_chat_id",
    "root_chat_id",
    "title",
    "title_source",
    "status",
    "archived",
    "plan_mode",
    "client_type",
    "labels",
    "pin_order",
    "mcp_server_ids",
    "dynamic_tools",
    "last_model_config_id",
    "last_reasoning_effort",
    "workspace_id",
    "build_id",
    "agent_id",
    "worker_id",
    "runner_id",
    "snapshot_version",
    "history_version",
    "queue_version",
    "generation_attempt",
    "retry_state",
    "retry_state_version",
    "last_error",
    "requires_action_deadline_at",
    "last_turn_summary",
    "last_read_message_id",
    "user_acl",
    "group_acl",
    "created_at",
    "updated_at",
  ],
  custom_roles: [
    "id",
    "organization_id",
    "name",
    "display_name",
    "site_permissions",
    "user_permissions",
    "organization_permissions",
    "member_permissions",
    "created_at",
    "updated_at",
  ],
  deployment_keys: ["name", "secret", "created_at"],
  files: ["id", "hash", "created_by", "mimetype", "data", "created_at"],
  git_ssh_keys: ["user_id", "sealed_private_key", "public_key", "created_at", "updated_at"],
  group_members: ["group_id", "organization_id", "user_id", "created_at"],
  groups: [
    "id",
    "organization_id",
    "name",
    "display_name",
    "avatar_url",
    "quota_allowance",
    "source",
    "created_at",
    "updated_at",
  ],
  organization_members: ["organization_id", "user_id", "roles", "created_at", "updated_at"],
  organizations: [
    "id",
    "name",
    "display_name",
    "description",
    "icon",
    "is_default",
    "created_at",
    "updated_at",
    "has_quotas",
  ],
  outbox: [
    "seq",
    "id",
    "kind",
    "key",
    "payload",
    "created_at",
    "due_at",
    "epoch",
    "attempts",
    "last_error",
    "set_aside_at",
  ],
  provisioner_daemons: [
    "id",
    "organization_id",
    "name",
    "tags",
    "version",
    "api_version",
    "replica_id",
    "key_id",
    "last_seen_at",
    "created_at",
    "languages",
    "engines",
    "host_id",
    "gone_at",
  ],
  provisioner_job_logs: ["id", "job_id", "created_at", "source", "level", "stage", "output"],
  provisioner_job_secrets: ["job_id", "sealed"],
  provisioner_job_timings: ["id", "job_id", "started_at", "ended_at", "stage", "source", "action", "resource"],
  provisioner_jobs: [
    "id",
    "organization_id",
    "initiator_id",
    "type",
    "storage_method",
    "file_id",
    "input",
    "tags",
    "priority",
    "worker_id",
    "lease_epoch",
    "lease_expires_at",
    "attempts",
    "created_at",
    "updated_at",
    "started_at",
    "canceled_at",
    "completed_at",
    "error",
    "error_code",
    "logs_length",
    "logs_overflowed",
    "job_status",
    "language",
    "engine",
    "host_id",
    "worker_host_id",
    "worker_name",
    "is_claim_at_once",
  ],
  replicas: ["id", "hostname", "address", "version", "started_at", "renewed_at", "expires_at"],
  runs: [
    "id",
    "owner_id",
    "idempotency_key",
    "body_hash",
    "agent_id",
    "process_id",
    "deletes",
    "replica_id",
    "exit_code",
    "exit_signal",
    "created_at",
    "ended_at",
    "build_id",
    "output_bytes",
  ],
  schema_migrations: ["number", "name", "hash", "ran_at"],
  seal_check: ["id", "sealed"],
  site_settings: ["name", "value", "updated_at"],
  template_version_parameters: [
    "template_version_id",
    "name",
    "display_name",
    "description",
    "type",
    "form_type",
    "mutable",
    "default_value",
    "icon",
    "options",
    "validation_regex",
    "validation_min",
    "validation_max",
    "validation_error",
    "validation_monotonic",
    "required",
    "ephemeral",
    "display_order",
    "deliverable_at_claim",
  ],
  template_version_preset_parameters: ["preset_id", "name", "value"],
  template_version_preset_prebuild_schedules: ["id", "preset_id", "cron_expression", "desired_instances", "position"],
  template_version_presets: [
    "id",
    "template_version_id",
    "name",
    "description",
    "icon",
    "is_default",
    "desired_instances",
    "invalidate_after_secs",
    "scheduling_timezone",
    "prebuild_status",
    "prebuild_status_detail",
    "last_invalidated_at",
    "created_at",
  ],
  template_version_secrets: ["template_version_id", "sealed"],
  template_version_variables: [
    "template_version_id",
    "name",
    "description",
    "type",
    "value",
    "default_value",
    "required",
    "sensitive",
  ],
  template_versions: [
    "id",
    "template_id",
    "organization_id",
    "name",
    "message",
    "readme",
    "job_id",
    "created_by",
    "archived",
    "source_example_id",
    "engine",
    "created_at",
    "updated_at",
    "promoted_by",
    "language",
    "claim_touches_infrastructure",
  ],
  templates: [
    "id",
    "organization_id",
    "name",
    "display_name",
    "description",
    "icon",
    "provisioner",
    "active_version_id",
    "created_by",
    "deleted",
    "deprecated",
    "require_active_version",
    "allow_user_cancel_workspace_jobs",
    "use_classic_parameter_flow",
    "disable_module_cache",
    "cors_behavior",
    "max_port_sharing_level",
    "default_ttl",
    "activity_bump",
    "allow_user_autostart",
    "allow_user_autostop",
    "autostop_requirement_days_of_week",
    "autostop_requirement_weeks",
    "autostart_block_days_of_week",
    "failure_ttl",
    "time_til_dormant",
    "time_til_dormant_autodelete",
    "time_til_autostop_notify",
    "user_acl",
    "group_acl",
    "created_at",
    "updated_at",
  ],
  unsealed: ["kind", "id", "content"],
  user_ai_provider_keys: ["user_id", "ai_provider_id", "sealed", "created_at", "updated_at"],
  user_secret_values: ["user_secret_id", "sealed"],
  user_secrets: [
    "id",
    "user_id",
    "name",
    "description",
    "env_name",
    "file_path",
    "value_bytes",
    "created_at",
    "updated_at",
  ],
  users: [
    "id",
    "username",
    "name",
    "email",
    "avatar_url",
    "password_hash",
    "login_type",
    "status",
    "roles",
    "is_system",
    "deleted",
    "appearance",
    "preferences",
    "last_seen_at",
    "created_at",
    "updated_at",
  ],
  workspace_agent_log_sources: ["workspace_agent_id", "id", "display_name", "icon", "created_at"],
  workspace_agent_logs: ["id", "agent_id", "created_at", "output", "level", "log_source_id"],
  workspace_agent_metadata: [
    "workspace_agent_id",
    "key",
    "display_name",
    "script",
    "value",
    "error",
    "timeout_seconds",
    "interval_seconds",
    "collected_at",
    "display_order",
  ],
  workspace_agent_script_timings: ["id", "script_id", "started_at", "ended_at", "exit_code", "stage", "status"],
  workspace_agent_scripts: [
    "id",
    "workspace_agent_id",
    "log_source_id",
    "log_path",
    "display_name",
    "script",
    "cron",
    "run_on_start",
    "run_on_stop",
    "run_on_claim",
    "start_blocks_login",
    "timeout_seconds",
    "position",
    "created_at",
  ],
  workspace_agent_stats: [
    "id",
    "agent_id",
    "workspace_id",
    "template_id",
    "user_id",
    "created_at",
    "connection_count",
    "rx_packets",
    "rx_bytes",
    "tx_packets",
    "tx_bytes",
    "session_count_vscode",
    "session_count_jetbrains",
    "session_count_reconnecting_pty",
    "session_count_ssh",
    "connection_median_latency_ms",
  ],
  workspace_agents: [
    "id",
    "resource_id",
    "parent_id",
    "workspace_id",
    "build_id",
    "name",
    "auth_token_hash",
    "architecture",
    "operating_system",
    "environment_variables",
    "directory",
    "expanded_directory",
    "version",
    "api_version",
    "subsystems",
    "display_apps",
    "display_order",
    "connection_timeout_seconds",
    "troubleshooting_url",
    "motd_file",
    "api_key_scope",
    "env_from_secrets",
    "first_connected_at",
    "last_connected_at",
    "disconnected_at",
    "session_replica_id",
    "session_generation",
    "lifecycle_state",
    "started_at",
    "ready_at",
    "logs_length",
    "logs_overflowed",
    "deleted",
    "created_at",
    "updated_at",
    "first_start_ended_at",
    "first_start_ended_agent_time",
    "first_start_outcome",
    "given_up_at",
    "given_up_reason",
  ],
  workspace_apps: [
    "id",
    "agent_id",
    "slug",
    "display_name",
    "icon",
    "command",
    "url",
    "external",
    "subdomain",
    "sharing_level",
    "healthcheck_url",
    "healthcheck_interval",
    "healthcheck_threshold",
    "health",
    "display_order",
    "display_group",
    "hidden",
    "open_in",
    "tooltip",
    "created_at",
  ],
  workspace_build_parameters: ["build_id", "name", "value", "given_by"],
  workspace_build_secrets: ["build_id", "sealed"],
  workspace_build_states: ["build_id", "position", "sealed"],
  workspace_builds: [
    "id",
    "workspace_id",
    "template_version_id",
    "template_version_preset_id",
    "build_number",
    "transition",
    "stage",
    "initiator_id",
    "job_id",
    "reason",
    "deadline",
    "max_deadline",
    "daily_cost",
    "created_at",
    "updated_at",
  ],
  workspace_favorites: ["user_id", "workspace_id"],
  workspace_placements: ["workspace_id", "engine", "host_id"],
  workspace_resources: [
    "id",
    "job_id",
    "transition",
    "type",
    "name",
    "hide",
    "icon",
    "daily_cost",
    "metadata",
    "created_at",
  ],
  workspaces: [
    "id",
    "owner_id",
    "organization_id",
    "template_id",
    "name",
    "deleted",
    "autostart_schedule",
    "ttl",
    "last_used_at",
    "dormant_at",
    "deleting_at",
    "automatic_updates",
    "next_start_at",
    "user_acl",
    "group_acl",
    "claimed_at",
    "prebuild_created_at",
    "claim_count",
    "host_key_seed",
    "created_at",
    "updated_at",
  ],
} as const satisfies { readonly [Table in keyof Tables]: readonly (keyof Tables[Table])[] };
