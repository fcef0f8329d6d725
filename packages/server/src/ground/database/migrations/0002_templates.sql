-- Templates, their versions and what a version's import found.

create table files (
  id uuid constraint files_pkey primary key,
  -- SHA-256 of the bytes as they were sent.
  hash bytea not null,
  created_by uuid not null constraint files_created_by_fkey references users (id),
  mimetype text not null,
  data bytea not null,
  created_at timestamptz not null,
  constraint files_hash_created_by_key unique (hash, created_by)
);
-- Archives are compressed by whoever makes them; compressing them again costs time for nothing.
alter table files alter column data set storage external;

create table templates (
  id uuid constraint templates_pkey primary key,
  organization_id uuid not null constraint templates_organization_id_fkey references organizations (id),
  name text not null,
  display_name text not null default '',
  description text not null default '',
  icon text not null default '',
  provisioner text not null default 'terraform',
  active_version_id uuid not null,
  created_by uuid not null constraint templates_created_by_fkey references users (id),
  deleted boolean not null default false,
  deprecated text not null default '',
  require_active_version boolean not null default false,
  allow_user_cancel_workspace_jobs boolean not null default false,
  use_classic_parameter_flow boolean not null default false,
  disable_module_cache boolean not null default false,
  cors_behavior text not null default 'simple',
  max_port_sharing_level text not null default 'owner',
  -- Durations are nanoseconds, as the API has them.
  default_ttl bigint not null default 0,
  activity_bump bigint not null default 3600000000000,
  allow_user_autostart boolean not null default true,
  allow_user_autostop boolean not null default true,
  autostop_requirement_days_of_week smallint not null default 0,
  autostop_requirement_weeks bigint not null default 0,
  autostart_block_days_of_week smallint not null default 0,
  failure_ttl bigint not null default 0,
  time_til_dormant bigint not null default 0,
  time_til_dormant_autodelete bigint not null default 0,
  time_til_autostop_notify bigint not null default 0,
  user_acl jsonb not null default '{}',
  group_acl jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index templates_organization_id_name_key on templates (organization_id, lower(name)) where not deleted;

create table template_versions (
  id uuid constraint template_versions_pkey primary key,
  template_id uuid constraint template_versions_template_id_fkey references templates (id) on delete cascade,
  organization_id uuid not null constraint template_versions_organization_id_fkey references organizations (id),
  name text not null,
  message text not null default '',
  readme text not null default '',
  job_id uuid not null constraint template_versions_job_id_key unique,
  created_by uuid not null constraint template_versions_created_by_fkey references users (id),
  archived boolean not null default false,
  source_example_id text,
  -- Null until the import succeeded.
  engine text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint template_versions_template_id_name_key unique (template_id, name)
);
create index template_versions_created_idx on template_versions (template_id, created_at);

create table template_version_parameters (
  template_version_id uuid not null constraint template_version_parameters_version_fkey references template_versions (id) on delete cascade,
  name text not null,
  display_name text not null,
  description text not null,
  type text not null,
  form_type text not null,
  mutable boolean not null,
  default_value text not null,
  icon text not null,
  options jsonb not null,
  validation_regex text not null,
  validation_min integer,
  validation_max integer,
  validation_error text not null,
  validation_monotonic text not null,
  required boolean not null,
  ephemeral boolean not null,
  display_order integer not null,
  -- A claim may give it another value without touching the infrastructure.
  deliverable_at_claim boolean not null default false,
  constraint template_version_parameters_pkey primary key (template_version_id, name)
);

create table template_version_variables (
  template_version_id uuid not null constraint template_version_variables_version_fkey references template_versions (id) on delete cascade,
  name text not null,
  description text not null,
  type text not null,
  value text not null,
  default_value text not null,
  required boolean not null,
  sensitive boolean not null,
  constraint template_version_variables_pkey primary key (template_version_id, name)
);

create table template_version_presets (
  id uuid constraint template_version_presets_pkey primary key,
  template_version_id uuid not null constraint template_version_presets_version_fkey references template_versions (id) on delete cascade,
  name text not null,
  description text not null default '',
  icon text not null default '',
  is_default boolean not null default false,
  desired_instances integer,
  invalidate_after_secs integer,
  scheduling_timezone text not null default '',
  prebuild_status text not null default 'healthy'
    constraint template_version_presets_status_check check (prebuild_status in ('healthy', 'hard_limited', 'validation_failed')),
  -- For the operator: why the last creation was refused.
  prebuild_status_detail text not null default '',
  last_invalidated_at timestamptz,
  created_at timestamptz not null,
  constraint template_version_presets_version_name_key unique (template_version_id, name)
);
create unique index template_version_presets_one_default_key on template_version_presets (template_version_id) where is_default;

create table template_version_preset_parameters (
  preset_id uuid not null constraint template_version_preset_parameters_preset_fkey references template_version_presets (id) on delete cascade,
  name text not null,
  value text not null,
  constraint template_version_preset_parameters_pkey primary key (preset_id, name)
);

create table template_version_preset_prebuild_schedules (
  id uuid constraint template_version_preset_prebuild_schedules_pkey primary key,
  preset_id uuid not null constraint template_version_preset_prebuild_schedules_preset_fkey references template_version_presets (id) on delete cascade,
  cron_expression text not null,
  desired_instances integer not null,
  position integer not null
);
create index template_version_preset_prebuild_schedules_preset_idx on template_version_preset_prebuild_schedules (preset_id, position);
