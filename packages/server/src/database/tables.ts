// Generated from the migrated database by `npm run generate`; a test fails when it is not what the migrations make.
import type { ColumnType, Generated, GeneratedAlways } from "kysely";

/** Parsed when read; text when written (`JSON.stringify`). */
export type JsonColumn = ColumnType<unknown, string, string>;

export interface ApiKeysTable {
  id: string;
  user_id: string;
  hashed_secret: Buffer;
  login_type: string;
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
}

export interface ProvisionerDaemonsTable {
  id: string;
  organization_id: string;
  name: string;
  provisioners: string[];
  tags: JsonColumn;
  version: string;
  api_version: string;
  replica_id: string | null;
  key_id: string;
  last_seen_at: Date | null;
  created_at: Date;
  unsandboxed: ColumnType<unknown, string | undefined, string>;
}

export interface ProvisionerJobLogsTable {
  id: GeneratedAlways<number>;
  job_id: string;
  created_at: Date;
  source: string;
  level: string;
  stage: string;
  output: string;
}

export interface ProvisionerJobTimingsTable {
  id: GeneratedAlways<number>;
  job_id: string;
  started_at: Date;
  ended_at: Date;
  stage: string;
  source: string;
  action: string;
  resource: string;
}

export interface ProvisionerJobsTable {
  id: string;
  organization_id: string;
  initiator_id: string;
  type: string;
  provisioner: Generated<string>;
  storage_method: Generated<string>;
  file_id: string;
  input: JsonColumn;
  tags: JsonColumn;
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
  error_code: string | null;
  logs_length: Generated<number>;
  logs_overflowed: Generated<boolean>;
  job_status: GeneratedAlways<string>;
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

export interface SchemaMigrationsTable {
  number: number;
  name: string;
  hash: string;
  ran_at: Date;
}

export interface SiteSettingsTable {
  name: string;
  value: JsonColumn;
  updated_at: Date;
}

export interface TemplateVersionParametersTable {
  template_version_id: string;
  name: string;
  display_name: string;
  description: string;
  type: string;
  form_type: string;
  mutable: boolean;
  default_value: string;
  icon: string;
  options: JsonColumn;
  validation_regex: string;
  validation_min: number | null;
  validation_max: number | null;
  validation_error: string;
  validation_monotonic: string;
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
  prebuild_status: Generated<string>;
  prebuild_status_detail: Generated<string>;
  last_invalidated_at: Date | null;
  created_at: Date;
}

export interface TemplateVersionVariablesTable {
  template_version_id: string;
  name: string;
  description: string;
  type: string;
  value: string;
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
  engine: string | null;
  created_at: Date;
  updated_at: Date;
  promoted_by: string | null;
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
  cors_behavior: Generated<string>;
  max_port_sharing_level: Generated<string>;
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
  user_acl: ColumnType<unknown, string | undefined, string>;
  group_acl: ColumnType<unknown, string | undefined, string>;
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
  login_type: string;
  status: string;
  roles: Generated<string[]>;
  is_system: Generated<boolean>;
  deleted: Generated<boolean>;
  appearance: ColumnType<unknown, string | undefined, string>;
  preferences: ColumnType<unknown, string | undefined, string>;
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
  level: string;
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
  stage: string;
  status: string;
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
  environment_variables: ColumnType<unknown, string | undefined, string>;
  directory: Generated<string>;
  expanded_directory: Generated<string>;
  version: Generated<string>;
  api_version: Generated<string>;
  subsystems: Generated<string[]>;
  display_apps: Generated<string[]>;
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
  lifecycle_state: Generated<string>;
  started_at: Date | null;
  ready_at: Date | null;
  logs_length: Generated<number>;
  logs_overflowed: Generated<boolean>;
  deleted: Generated<boolean>;
  created_at: Date;
  updated_at: Date;
  first_start_ended_at: Date | null;
  first_start_ended_agent_time: Date | null;
  first_start_outcome: string | null;
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
  sharing_level: Generated<string>;
  healthcheck_url: Generated<string>;
  healthcheck_interval: Generated<number>;
  healthcheck_threshold: Generated<number>;
  health: Generated<string>;
  display_order: Generated<number>;
  display_group: Generated<string>;
  hidden: Generated<boolean>;
  open_in: Generated<string>;
  tooltip: Generated<string>;
  created_at: Date;
}

export interface WorkspaceBuildParametersTable {
  build_id: string;
  name: string;
  value: string;
  given_by: string | null;
}

export interface WorkspaceBuildStatesTable {
  build_id: string;
  state: Buffer;
}

export interface WorkspaceBuildsTable {
  id: string;
  workspace_id: string;
  template_version_id: string;
  template_version_preset_id: string | null;
  build_number: number;
  transition: string;
  stage: Generated<string>;
  initiator_id: string;
  job_id: string;
  reason: Generated<string>;
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

export interface WorkspaceResourcesTable {
  id: string;
  job_id: string;
  transition: string;
  type: string;
  name: string;
  hide: Generated<boolean>;
  icon: Generated<string>;
  daily_cost: Generated<number>;
  metadata: ColumnType<unknown, string | undefined, string>;
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
  automatic_updates: Generated<string>;
  next_start_at: Date | null;
  user_acl: ColumnType<unknown, string | undefined, string>;
  group_acl: ColumnType<unknown, string | undefined, string>;
  claimed_at: Date | null;
  prebuild_created_at: Date | null;
  claim_count: Generated<number>;
  host_key_seed: Buffer;
  created_at: Date;
  updated_at: Date;
}

export interface Tables {
  api_keys: ApiKeysTable;
  build_idempotency_keys: BuildIdempotencyKeysTable;
  deployment_keys: DeploymentKeysTable;
  files: FilesTable;
  git_ssh_keys: GitSshKeysTable;
  organization_members: OrganizationMembersTable;
  organizations: OrganizationsTable;
  provisioner_daemons: ProvisionerDaemonsTable;
  provisioner_job_logs: ProvisionerJobLogsTable;
  provisioner_job_timings: ProvisionerJobTimingsTable;
  provisioner_jobs: ProvisionerJobsTable;
  replicas: ReplicasTable;
  schema_migrations: SchemaMigrationsTable;
  site_settings: SiteSettingsTable;
  template_version_parameters: TemplateVersionParametersTable;
  template_version_preset_parameters: TemplateVersionPresetParametersTable;
  template_version_preset_prebuild_schedules: TemplateVersionPresetPrebuildSchedulesTable;
  template_version_presets: TemplateVersionPresetsTable;
  template_version_variables: TemplateVersionVariablesTable;
  template_versions: TemplateVersionsTable;
  templates: TemplatesTable;
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
  workspace_build_states: WorkspaceBuildStatesTable;
  workspace_builds: WorkspaceBuildsTable;
  workspace_favorites: WorkspaceFavoritesTable;
  workspace_resources: WorkspaceResourcesTable;
  workspaces: WorkspacesTable;
}
