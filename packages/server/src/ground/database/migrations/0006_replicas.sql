-- Liveness is one lease a replica, not a row an agent.

create table replicas (
  id uuid constraint replicas_pkey primary key,
  hostname text not null,
  -- Where other replicas reach it, to relay a dial.
  address text not null default '',
  version text not null,
  started_at timestamptz not null,
  renewed_at timestamptz not null,
  expires_at timestamptz not null
);
create index replicas_expires_at_idx on replicas (expires_at);

-- Random keys that the deployment makes once: of hashes, of sealed secrets.
create table deployment_keys (
  name text constraint deployment_keys_pkey primary key,
  secret bytea not null,
  created_at timestamptz not null
);
