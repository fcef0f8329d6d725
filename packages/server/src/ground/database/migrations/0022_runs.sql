-- Runs: a workspace and a command in one request, and whether the workspace goes with it. A row is written before the
-- workspace is made, so that what is to be deleted is known whatever happens in between; of a run that neither deletes nor
-- may be asked for twice there is none.
create table runs (
  id uuid constraint runs_pkey primary key,
  owner_id uuid not null constraint runs_owner_id_fkey references users (id) on delete cascade,
  -- With which the same request is asked again, and what it was.
  idempotency_key text,
  body_hash bytea not null,
  workspace_name text not null,
  -- Nobody else has a workspace of a name that was made up.
  is_name_made_up boolean not null,
  -- Once it is made.
  workspace_id uuid,
  -- Once the command has begun.
  agent_id uuid,
  process_id uuid,
  deletes boolean not null,
  -- Who carries it out: when that server is gone, so is the run.
  replica_id uuid not null,
  exit_code integer,
  exit_signal text,
  created_at timestamptz not null,
  ended_at timestamptz
);
create unique index runs_owner_id_idempotency_key_key on runs (owner_id, idempotency_key);
-- For the look at what was left behind, once a minute.
create index runs_open_idx on runs (replica_id) where ended_at is null;
create index runs_ended_at_idx on runs (ended_at);
