-- What builds made, and the agents in it.

create table workspace_resources (
  id uuid constraint workspace_resources_pkey primary key,
  job_id uuid not null constraint workspace_resources_job_id_fkey references provisioner_jobs (id) on delete cascade,
  transition text not null,
  type text not null,
  name text not null,
  hide boolean not null default false,
  icon text not null default '',
  daily_cost integer not null default 0,
  metadata jsonb not null default '[]',
  created_at timestamptz not null
);
create index workspace_resources_job_id_idx on workspace_resources (job_id);

create table workspace_agents (
  id uuid constraint workspace_agents_pkey primary key,
  resource_id uuid not null constraint workspace_agents_resource_id_fkey references workspace_resources (id) on delete cascade,
  parent_id uuid constraint workspace_agents_parent_id_fkey references workspace_agents (id) on delete cascade,
  -- The workspace and build it belongs to, so that a session needs no chain of joins; null for agents of an import.
  workspace_id uuid constraint workspace_agents_workspace_id_fkey references workspaces (id) on delete cascade,
  build_id uuid constraint workspace_agents_build_id_fkey references workspace_builds (id) on delete cascade,
  name text not null,
  -- Keyed hash of the token; a claim build's row shares it with the row it replaces.
  auth_token_hash bytea,
  architecture text not null,
  operating_system text not null,
  environment_variables jsonb not null default '{}',
  directory text not null default '',
  expanded_directory text not null default '',
  version text not null default '',
  api_version text not null default '',
  subsystems text[] not null default '{}',
  display_apps text[] not null default '{}',
  display_order integer not null default 0,
  connection_timeout_seconds integer not null default 120,
  troubleshooting_url text not null default '',
  motd_file text not null default '',
  api_key_scope text not null default 'all',
  env_from_secrets boolean not null default false,
  first_connected_at timestamptz,
  last_connected_at timestamptz,
  disconnected_at timestamptz,
  -- Which replica holds the newest session, and the session's number; older sessions write nothing (agents spec, A-3).
  session_replica_id uuid,
  session_generation bigint not null default 0,
  lifecycle_state text not null default 'created' constraint workspace_agents_lifecycle_check check (lifecycle_state in
    ('created', 'starting', 'start_timeout', 'start_error', 'ready', 'shutting_down', 'shutdown_timeout', 'shutdown_error', 'off')),
  started_at timestamptz,
  ready_at timestamptz,
  logs_length integer not null default 0 constraint workspace_agents_logs_length_check check (logs_length <= 1048576),
  logs_overflowed boolean not null default false,
  deleted boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index workspace_agents_resource_id_idx on workspace_agents (resource_id);
create index workspace_agents_workspace_id_idx on workspace_agents (workspace_id) where not deleted;
create index workspace_agents_auth_token_hash_idx on workspace_agents (auth_token_hash) where not deleted;
create index workspace_agents_session_replica_idx on workspace_agents (session_replica_id) where session_replica_id is not null;
create unique index workspace_agents_build_id_name_key on workspace_agents (build_id, lower(name)) where not deleted;

create table workspace_agent_log_sources (
  workspace_agent_id uuid not null constraint workspace_agent_log_sources_agent_fkey references workspace_agents (id) on delete cascade,
  id uuid not null,
  display_name text not null,
  icon text not null default '',
  created_at timestamptz not null,
  constraint workspace_agent_log_sources_pkey primary key (workspace_agent_id, id)
);

create table workspace_agent_logs (
  id bigint generated always as identity constraint workspace_agent_logs_pkey primary key,
  agent_id uuid not null constraint workspace_agent_logs_agent_fkey references workspace_agents (id) on delete cascade,
  created_at timestamptz not null,
  output text not null,
  level text not null,
  log_source_id uuid not null
);
create index workspace_agent_logs_agent_id_id_idx on workspace_agent_logs (agent_id, id);

create table workspace_agent_metadata (
  workspace_agent_id uuid not null constraint workspace_agent_metadata_agent_fkey references workspace_agents (id) on delete cascade,
  key text not null,
  display_name text not null,
  script text not null,
  value text not null default '',
  error text not null default '',
  timeout_seconds bigint not null,
  interval_seconds bigint not null,
  collected_at timestamptz,
  display_order integer not null default 0,
  constraint workspace_agent_metadata_pkey primary key (workspace_agent_id, key)
);

create table workspace_agent_scripts (
  id uuid constraint workspace_agent_scripts_pkey primary key,
  workspace_agent_id uuid not null constraint workspace_agent_scripts_agent_fkey references workspace_agents (id) on delete cascade,
  log_source_id uuid not null,
  log_path text not null default '',
  display_name text not null,
  script text not null,
  cron text not null default '',
  run_on_start boolean not null,
  run_on_stop boolean not null,
  run_on_claim boolean not null default false,
  start_blocks_login boolean not null,
  timeout_seconds integer not null default 0,
  position integer not null default 0,
  created_at timestamptz not null
);
create index workspace_agent_scripts_agent_idx on workspace_agent_scripts (workspace_agent_id);

create table workspace_agent_script_timings (
  id bigint generated always as identity constraint workspace_agent_script_timings_pkey primary key,
  script_id uuid not null constraint workspace_agent_script_timings_script_fkey references workspace_agent_scripts (id) on delete cascade,
  started_at timestamptz not null,
  ended_at timestamptz not null,
  exit_code integer not null,
  stage text not null,
  status text not null
);
create index workspace_agent_script_timings_script_idx on workspace_agent_script_timings (script_id);

create table workspace_apps (
  id uuid constraint workspace_apps_pkey primary key,
  agent_id uuid not null constraint workspace_apps_agent_fkey references workspace_agents (id) on delete cascade,
  slug text not null,
  display_name text not null,
  icon text not null default '',
  command text,
  url text,
  external boolean not null default false,
  subdomain boolean not null default false,
  sharing_level text not null default 'owner',
  healthcheck_url text not null default '',
  healthcheck_interval integer not null default 0,
  healthcheck_threshold integer not null default 0,
  health text not null default 'disabled',
  display_order integer not null default 0,
  display_group text not null default '',
  hidden boolean not null default false,
  open_in text not null default 'slim-window',
  tooltip text not null default '',
  created_at timestamptz not null,
  constraint workspace_apps_agent_id_slug_key unique (agent_id, slug)
);

create table workspace_agent_stats (
  id bigint generated always as identity constraint workspace_agent_stats_pkey primary key,
  agent_id uuid not null,
  workspace_id uuid not null,
  template_id uuid not null,
  user_id uuid not null,
  created_at timestamptz not null,
  connection_count bigint not null default 0,
  rx_packets bigint not null default 0,
  rx_bytes bigint not null default 0,
  tx_packets bigint not null default 0,
  tx_bytes bigint not null default 0,
  session_count_vscode bigint not null default 0,
  session_count_jetbrains bigint not null default 0,
  session_count_reconnecting_pty bigint not null default 0,
  session_count_ssh bigint not null default 0,
  connection_median_latency_ms double precision not null default -1
);
create index workspace_agent_stats_created_at_idx on workspace_agent_stats (created_at);
