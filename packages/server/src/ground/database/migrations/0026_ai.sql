-- Models for chats: who serves them, with which keys, and which an organization has.
create table ai_providers (
  id uuid constraint ai_providers_pkey primary key,
  type text not null constraint ai_providers_type_check check (
    type in ('openai', 'anthropic', 'azure', 'google', 'openai-compat', 'openrouter', 'vercel', 'bedrock', 'copilot')
  ),
  name text not null,
  display_name text not null,
  -- Empty: none.
  icon text not null default '',
  enabled boolean not null,
  base_url text not null,
  -- null: none were given.
  settings jsonb not null,
  central_api_key_enabled boolean not null default true,
  allow_user_api_key boolean not null default false,
  allow_central_api_key_fallback boolean not null default false,
  -- Kept for what was said by its models.
  deleted boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint ai_providers_some_key_check check (central_api_key_enabled or allow_user_api_key)
);
create unique index ai_providers_name_key on ai_providers (lower(name)) where not deleted;

-- Sealed, where no list reads what they are: of a provider, the first is used.
create table ai_provider_keys (
  id uuid constraint ai_provider_keys_pkey primary key,
  ai_provider_id uuid not null constraint ai_provider_keys_ai_provider_id_fkey references ai_providers (id) on delete cascade,
  sealed bytea not null,
  -- Its first and last character.
  masked text not null,
  -- In the order in which they were given.
  position integer not null,
  created_at timestamptz not null
);
create index ai_provider_keys_ai_provider_id_idx on ai_provider_keys (ai_provider_id, position, id);

-- What users brought themselves.
create table user_ai_provider_keys (
  user_id uuid not null constraint user_ai_provider_keys_user_id_fkey references users (id) on delete cascade,
  ai_provider_id uuid not null constraint user_ai_provider_keys_ai_provider_id_fkey references ai_providers (id) on delete cascade,
  sealed bytea not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint user_ai_provider_keys_pkey primary key (user_id, ai_provider_id)
);
create index user_ai_provider_keys_ai_provider_id_idx on user_ai_provider_keys (ai_provider_id);

create table chat_model_configs (
  id uuid constraint chat_model_configs_pkey primary key,
  organization_id uuid not null constraint chat_model_configs_organization_id_fkey references organizations (id) on delete cascade,
  ai_provider_id uuid not null constraint chat_model_configs_ai_provider_id_fkey references ai_providers (id),
  -- Its name with the provider.
  model text not null,
  display_name text not null,
  enabled boolean not null,
  is_default boolean not null,
  -- In tokens.
  context_limit integer not null constraint chat_model_configs_context_limit_check check (context_limit > 0),
  -- In percent.
  compression_threshold smallint not null constraint chat_model_configs_compression_threshold_check check (compression_threshold between 0 and 100),
  options jsonb not null default '{}',
  user_acl jsonb not null default '{}',
  group_acl jsonb not null default '{}',
  -- Kept for what it said.
  deleted boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index chat_model_configs_default_key on chat_model_configs (organization_id) where is_default and not deleted;
create index chat_model_configs_organization_id_idx on chat_model_configs (organization_id) where not deleted;
create index chat_model_configs_ai_provider_id_idx on chat_model_configs (ai_provider_id) where not deleted;

-- Access lists name only who is there, those of models and chats too.
create or replace function leave_user_lists() returns trigger language plpgsql as $$
begin
  update workspaces set user_acl = user_acl - old.user_id::text
  where organization_id = old.organization_id and (user_acl <> '{}' or group_acl <> '{}')
    and jsonb_exists(user_acl, old.user_id::text);
  update templates set user_acl = user_acl - old.user_id::text
  where organization_id = old.organization_id and jsonb_exists(user_acl, old.user_id::text);
  update chat_model_configs set user_acl = user_acl - old.user_id::text
  where organization_id = old.organization_id and jsonb_exists(user_acl, old.user_id::text);
  update chats set user_acl = user_acl - old.user_id::text
  where organization_id = old.organization_id and user_acl <> '{}' and user_acl ? old.user_id::text;
  return null;
end;
$$;
create or replace function leave_group_lists() returns trigger language plpgsql as $$
begin
  update workspaces set group_acl = group_acl - old.id::text
  where organization_id = old.organization_id and (user_acl <> '{}' or group_acl <> '{}')
    and jsonb_exists(group_acl, old.id::text);
  update templates set group_acl = group_acl - old.id::text
  where organization_id = old.organization_id and jsonb_exists(group_acl, old.id::text);
  update chat_model_configs set group_acl = group_acl - old.id::text
  where organization_id = old.organization_id and jsonb_exists(group_acl, old.id::text);
  update chats set group_acl = group_acl - old.id::text
  where organization_id = old.organization_id and group_acl <> '{}' and group_acl ? old.id::text;
  return null;
end;
$$;

-- Nobody uses the keys of a user who is gone.
create function forget_ai_provider_keys() returns trigger language plpgsql as $$
begin
  delete from user_ai_provider_keys where user_id = new.id;
  return null;
end;
$$;
create trigger users_forget_ai_provider_keys after update of deleted on users
  for each row when (new.deleted and not old.deleted) execute function forget_ai_provider_keys();
-- Which models are used for what: an organization's, and a member's own. A model that is deleted is kept, and unusable.
create table chat_organization_model_overrides (
  organization_id uuid not null constraint chat_organization_model_overrides_organization_id_fkey
    references organizations (id) on delete cascade,
  context text not null constraint chat_organization_model_overrides_context_check check (
    context in ('general', 'explore', 'title_generation', 'compaction')
  ),
  model_config_id uuid not null constraint chat_organization_model_overrides_model_config_id_fkey
    references chat_model_configs (id) on delete cascade,
  reasoning_effort text constraint chat_organization_model_overrides_reasoning_effort_check check (
    reasoning_effort in ('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max')
  ),
  constraint chat_organization_model_overrides_pkey primary key (organization_id, context)
);

-- With a membership they go.
create table chat_user_model_overrides (
  user_id uuid not null,
  organization_id uuid not null,
  context text not null constraint chat_user_model_overrides_context_check check (context in ('root', 'general', 'explore')),
  mode text not null constraint chat_user_model_overrides_mode_check check (
    mode in ('deployment_default', 'chat_default', 'model')
  ),
  model_config_id uuid constraint chat_user_model_overrides_model_config_id_fkey
    references chat_model_configs (id) on delete cascade,
  reasoning_effort text constraint chat_user_model_overrides_reasoning_effort_check check (
    reasoning_effort in ('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max')
  ),
  constraint chat_user_model_overrides_pkey primary key (user_id, organization_id, context),
  constraint chat_user_model_overrides_member_fkey foreign key (organization_id, user_id)
    references organization_members (organization_id, user_id) on delete cascade
);
