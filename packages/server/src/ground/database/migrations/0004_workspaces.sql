-- Workspaces and their builds.

create table workspaces (
  id uuid constraint workspaces_pkey primary key,
  owner_id uuid not null constraint workspaces_owner_id_fkey references users (id),
  organization_id uuid not null constraint workspaces_organization_id_fkey references organizations (id),
  template_id uuid not null constraint workspaces_template_id_fkey references templates (id),
  name text not null,
  deleted boolean not null default false,
  autostart_schedule text,
  -- Nanoseconds; null = no autostop.
  ttl bigint,
  last_used_at timestamptz not null,
  dormant_at timestamptz,
  deleting_at timestamptz,
  automatic_updates text not null default 'never' constraint workspaces_automatic_updates_check check (automatic_updates in ('always', 'never')),
  next_start_at timestamptz,
  user_acl jsonb not null default '{}',
  group_acl jsonb not null default '{}',
  -- Of a claimed workspace: when it changed hands and when the pool had made it.
  claimed_at timestamptz,
  prebuild_created_at timestamptz,
  -- How often it changed hands; agents compare it (agents spec, A-23).
  claim_count integer not null default 0,
  -- Random; the SSH host key of its agents is derived from it (agents spec, A-27).
  host_key_seed bytea not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index workspaces_owner_id_name_key on workspaces (owner_id, lower(name)) where not deleted;
create index workspaces_template_id_idx on workspaces (template_id) where not deleted;
-- What a claim walks, oldest first: the workspaces of a template that nobody owns yet.
create index workspaces_pool_idx on workspaces (template_id, created_at, id)
  where owner_id = 'c42fdf75-3097-471c-8c33-fb52454d81c0' and not deleted;
create index workspaces_next_start_at_idx on workspaces (next_start_at) where not deleted;

create function workspaces_clear_next_start_at() returns trigger language plpgsql as $$
begin
  if new.dormant_at is not null
    or (new.autostart_schedule is distinct from old.autostart_schedule and new.next_start_at is not distinct from old.next_start_at) then
    new.next_start_at := null;
  end if;
  return new;
end $$;
create trigger workspaces_clear_next_start_at before update on workspaces
  for each row execute function workspaces_clear_next_start_at();

create table workspace_favorites (
  user_id uuid not null constraint workspace_favorites_user_id_fkey references users (id) on delete cascade,
  workspace_id uuid not null constraint workspace_favorites_workspace_id_fkey references workspaces (id) on delete cascade,
  constraint workspace_favorites_pkey primary key (user_id, workspace_id)
);

create table workspace_builds (
  id uuid constraint workspace_builds_pkey primary key,
  workspace_id uuid not null constraint workspace_builds_workspace_id_fkey references workspaces (id) on delete cascade,
  template_version_id uuid not null constraint workspace_builds_template_version_id_fkey references template_versions (id),
  template_version_preset_id uuid constraint workspace_builds_preset_id_fkey references template_version_presets (id) on delete set null,
  build_number integer not null,
  transition text not null constraint workspace_builds_transition_check check (transition in ('start', 'stop', 'delete')),
  -- Whether the pool made it, or a claim.
  stage text not null default 'none' constraint workspace_builds_stage_check check (stage in ('none', 'create', 'claim')),
  initiator_id uuid not null constraint workspace_builds_initiator_id_fkey references users (id),
  job_id uuid not null constraint workspace_builds_job_id_key unique constraint workspace_builds_job_id_fkey references provisioner_jobs (id),
  reason text not null default 'initiator',
  -- Null = none, which the API shows as null too.
  deadline timestamptz,
  max_deadline timestamptz,
  daily_cost integer not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint workspace_builds_workspace_id_build_number_key unique (workspace_id, build_number),
  constraint workspace_builds_deadline_check check (max_deadline is null or (deadline is not null and deadline <= max_deadline))
);
create index workspace_builds_initiator_id_idx on workspace_builds (initiator_id);
create index workspace_builds_template_version_id_idx on workspace_builds (template_version_id);

-- Apart from the row that every agent connection and list reads: it can be megabytes (builds spec, P-1).
create table workspace_build_states (
  build_id uuid constraint workspace_build_states_pkey primary key
    constraint workspace_build_states_build_id_fkey references workspace_builds (id) on delete cascade,
  state bytea not null
);

create table workspace_build_parameters (
  build_id uuid not null constraint workspace_build_parameters_build_id_fkey references workspace_builds (id) on delete cascade,
  name text not null,
  value text not null,
  constraint workspace_build_parameters_pkey primary key (build_id, name)
);

-- Same key, same workspace, same body within 24 h: the same build (builds spec, P-4).
create table build_idempotency_keys (
  workspace_id uuid not null constraint build_idempotency_keys_workspace_id_fkey references workspaces (id) on delete cascade,
  key text not null,
  body_hash bytea not null,
  build_id uuid not null constraint build_idempotency_keys_build_id_fkey references workspace_builds (id) on delete cascade,
  created_at timestamptz not null,
  constraint build_idempotency_keys_pkey primary key (workspace_id, key)
);
