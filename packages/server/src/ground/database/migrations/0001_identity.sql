-- Who there is: organizations, users, their keys. Secrets are hashes; see identity/.

create table organizations (
  id uuid constraint organizations_pkey primary key,
  name text not null,
  display_name text not null default '',
  description text not null default '',
  icon text not null default '',
  is_default boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index organizations_name_key on organizations (lower(name));
create unique index organizations_one_default_key on organizations (is_default) where is_default;

create table users (
  id uuid constraint users_pkey primary key,
  username text not null,
  name text not null default '',
  email text not null,
  avatar_url text not null default '',
  -- argon2id in PHC form; null: no password log-in.
  password_hash text,
  login_type text not null constraint users_login_type_check check (login_type in ('password', 'github', 'oidc', 'token', 'none')),
  status text not null constraint users_status_check check (status in ('active', 'dormant', 'suspended')),
  -- Site roles beside the implicit member.
  roles text[] not null default '{}',
  is_system boolean not null default false,
  deleted boolean not null default false,
  -- Of the dashboard: theme and terminal font by the API's names.
  appearance jsonb not null default '{}',
  -- The same for how things are shown; by the API's names.
  preferences jsonb not null default '{}',
  last_seen_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index users_username_key on users (lower(username)) where not deleted;
create unique index users_email_key on users (lower(email)) where not deleted and not is_system;

create table organization_members (
  organization_id uuid not null constraint organization_members_organization_id_fkey references organizations (id) on delete cascade,
  user_id uuid not null constraint organization_members_user_id_fkey references users (id) on delete cascade,
  roles text[] not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint organization_members_pkey primary key (organization_id, user_id)
);
create index organization_members_user_id_idx on organization_members (user_id);

create table api_keys (
  id text constraint api_keys_pkey primary key,
  user_id uuid not null constraint api_keys_user_id_fkey references users (id) on delete cascade,
  -- SHA-256 of the secret part; the clear key is shown once.
  hashed_secret bytea not null,
  login_type text not null,
  token_name text not null default '',
  scopes text[] not null default '{coder:all}',
  -- '' for a key made with scopes other than the two old ones.
  scope text not null default 'all',
  allow_list text[] not null default '{*:*}',
  lifetime_seconds bigint not null,
  last_used timestamptz not null,
  expires_at timestamptz not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index api_keys_user_id_idx on api_keys (user_id);
create unique index api_keys_token_name_key on api_keys (user_id, token_name) where token_name <> '';

create table git_ssh_keys (
  user_id uuid constraint git_ssh_keys_pkey primary key constraint git_ssh_keys_user_id_fkey references users (id) on delete cascade,
  -- Sealed with the deployment's key; see identity/sealed.ts.
  sealed_private_key bytea not null,
  public_key text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

-- One value a name: settings that an operator changes while the server runs.
create table site_settings (
  name text constraint site_settings_pkey primary key,
  value jsonb not null,
  updated_at timestamptz not null
);

-- The owner of every unclaimed prebuild. It cannot log in and has no roles.
insert into users (id, username, name, email, login_type, status, is_system, created_at, updated_at)
values ('c42fdf75-3097-471c-8c33-fb52454d81c0', 'prebuilds', 'Prebuilds Owner', 'prebuilds@system', 'none', 'active', true, now(), now());

insert into organizations (id, name, display_name, is_default, created_at, updated_at)
values (gen_random_uuid(), 'hearth', 'Hearth', true, now(), now());
