-- AI chats. A chat is a conversation that the control plane carries on: its execution state (status, messages, queue, who
-- works on it, versions) changes in one statement of chats/store/ alone, everything else beside it.
create table chats (
  id uuid constraint chats_pkey primary key,
  organization_id uuid not null constraint chats_organization_id_fkey references organizations (id) on delete cascade,
  owner_id uuid not null constraint chats_owner_id_fkey references users (id) on delete cascade,
  -- Both name the root of a chat that another began, which is one level deep.
  parent_chat_id uuid constraint chats_parent_chat_id_fkey references chats (id) on delete cascade,
  root_chat_id uuid constraint chats_root_chat_id_fkey references chats (id) on delete cascade,
  title text not null constraint chats_title_check check (title <> ''),
  -- A title that was made of the first words is the only one that is replaced by a better one.
  title_source text not null default 'fallback'
    constraint chats_title_source_check check (title_source in ('fallback', 'generated', 'user')),
  status text not null
    constraint chats_status_check check (status in ('waiting', 'running', 'interrupting', 'requires_action', 'error')),
  archived boolean not null default false,
  plan_mode text constraint chats_plan_mode_check check (plan_mode in ('plan')),
  client_type text not null default 'api' constraint chats_client_type_check check (client_type in ('ui', 'api')),
  labels jsonb not null default '{}',
  pin_order integer not null default 0 constraint chats_pin_order_check check (pin_order >= 0),
  mcp_server_ids uuid[] not null default '{}',
  dynamic_tools jsonb,
  -- Models are soft-deleted by their owner, and a chat outlives its model.
  last_model_config_id uuid not null,
  last_reasoning_effort text,
  -- Where it works; the two behind the workspace are a cache of where to dial.
  workspace_id uuid,
  build_id uuid,
  agent_id uuid,
  -- The replica that works on it, which lives as long as its lease, and this one activation.
  worker_id uuid,
  runner_id uuid,
  snapshot_version bigint not null default 1,
  history_version bigint not null default 1,
  queue_version bigint not null default 0,
  generation_attempt bigint not null default 0,
  retry_state jsonb,
  retry_state_version bigint not null default 0,
  last_error jsonb,
  requires_action_deadline_at timestamptz,
  last_turn_summary text,
  last_read_message_id bigint not null default 0,
  user_acl jsonb not null default '{}',
  group_acl jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint chats_root_check check ((parent_chat_id is null) = (root_chat_id is null)),
  constraint chats_child_check check (root_chat_id is null or (pin_order = 0 and user_acl = '{}' and group_acl = '{}')),
  constraint chats_archived_pin_check check (not archived or pin_order = 0),
  constraint chats_binding_check check (workspace_id is not null or (build_id is null and agent_id is null)),
  constraint chats_worker_check check ((worker_id is null) = (runner_id is null)),
  constraint chats_error_check check (last_error is null or status = 'error'),
  constraint chats_deadline_check check (requires_action_deadline_at is null or status = 'requires_action'),
  constraint chats_versions_check
    check (history_version between 1 and snapshot_version and queue_version between 0 and snapshot_version)
);
-- A page of somebody's chats.
create index chats_owner_id_created_at_idx on chats (owner_id, created_at desc) where root_chat_id is null;
create index chats_organization_id_created_at_idx on chats (organization_id, created_at desc) where root_chat_id is null;
-- What happened to somebody's while a watcher heard nothing.
create index chats_owner_id_updated_at_idx on chats (owner_id, updated_at);
create index chats_root_chat_id_idx on chats (root_chat_id) where root_chat_id is not null;
create index chats_parent_chat_id_idx on chats (parent_chat_id) where parent_chat_id is not null;
-- Those that are shared are few: by whom they are shared with.
create index chats_user_acl_idx on chats using gin (user_acl) where user_acl <> '{}';
create index chats_group_acl_idx on chats using gin (group_acl) where group_acl <> '{}';
-- What somebody must work on, and who does.
create index chats_runnable_idx on chats (updated_at)
  where not archived and status in ('running', 'interrupting', 'requires_action');
create index chats_worker_id_idx on chats (worker_id) where worker_id is not null;

-- What was said. A row is never removed while its chat lives: an edit takes it out (deleted), a compaction puts a boundary
-- before it (compressed).
create table chat_messages (
  id bigint generated always as identity constraint chat_messages_pkey primary key,
  chat_id uuid not null constraint chat_messages_chat_id_fkey references chats (id) on delete cascade,
  role text not null constraint chat_messages_role_check check (role in ('system', 'user', 'assistant', 'tool')),
  content jsonb not null,
  content_version integer not null default 1,
  visibility text not null default 'both'
    constraint chat_messages_visibility_check check (visibility in ('user', 'model', 'both')),
  created_by uuid,
  model_config_id uuid,
  reasoning_effort text,
  compressed boolean not null default false,
  deleted boolean not null default false,
  -- The chat's snapshot version when the row was last written.
  revision bigint not null,
  provider_response_id text,
  created_at timestamptz not null,
  input_tokens bigint,
  output_tokens bigint,
  total_tokens bigint,
  reasoning_tokens bigint,
  cache_creation_tokens bigint,
  cache_read_tokens bigint,
  context_limit bigint,
  runtime_ms bigint,
  total_cost_micros bigint
);
create index chat_messages_chat_id_id_idx on chat_messages (chat_id, id);
-- What is new of a chat to who has seen a version of it.
create index chat_messages_chat_id_revision_idx on chat_messages (chat_id, revision);
create index chat_messages_of_models_idx on chat_messages (chat_id, id desc) where role = 'assistant' and not deleted;

-- What waits until the chat is free, in order of position.
create table chat_queued_messages (
  id bigint generated always as identity constraint chat_queued_messages_pkey primary key,
  chat_id uuid not null constraint chat_queued_messages_chat_id_fkey references chats (id) on delete cascade,
  content jsonb not null,
  model_config_id uuid,
  reasoning_effort text,
  mcp_server_ids uuid[],
  plan_mode text constraint chat_queued_messages_plan_mode_check check (plan_mode in ('plan', '')),
  created_by uuid not null,
  position integer not null,
  created_at timestamptz not null
);
create index chat_queued_messages_chat_id_position_idx on chat_queued_messages (chat_id, position, id);
