-- What a user's workspaces are given in confidence: as a variable, as a file, or both.
create table user_secrets (
  id uuid constraint user_secrets_pkey primary key,
  user_id uuid not null constraint user_secrets_user_id_fkey references users (id) on delete cascade,
  name text not null,
  description text not null default '',
  -- Empty: no workspace gets it so.
  env_name text not null default '',
  file_path text not null default '',
  -- Of the value, so that what a user keeps is counted without opening anything.
  value_bytes integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint user_secrets_user_id_name_key unique (user_id, name)
);
create unique index user_secrets_user_id_env_name_key on user_secrets (user_id, env_name) where env_name <> '';
create unique index user_secrets_user_id_file_path_key on user_secrets (user_id, file_path) where file_path <> '';

-- The values, sealed, where no list reads.
create table user_secret_values (
  user_secret_id uuid constraint user_secret_values_pkey primary key
    constraint user_secret_values_user_secret_id_fkey references user_secrets (id) on delete cascade,
  sealed bytea not null
);
