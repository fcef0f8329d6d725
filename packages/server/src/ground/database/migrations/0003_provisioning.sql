-- The queue: jobs, who works on them, what they said.

create table provisioner_daemons (
  id uuid constraint provisioner_daemons_pkey primary key,
  organization_id uuid not null constraint provisioner_daemons_organization_id_fkey references organizations (id),
  name text not null,
  provisioners text[] not null,
  tags jsonb not null,
  version text not null,
  api_version text not null,
  replica_id uuid,
  key_id uuid not null,
  last_seen_at timestamptz,
  created_at timestamptz not null
);
create unique index provisioner_daemons_name_key on provisioner_daemons (organization_id, name, lower(coalesce(tags ->> 'owner', '')));

create table provisioner_jobs (
  id uuid constraint provisioner_jobs_pkey primary key,
  organization_id uuid not null constraint provisioner_jobs_organization_id_fkey references organizations (id),
  initiator_id uuid not null constraint provisioner_jobs_initiator_id_fkey references users (id),
  type text not null constraint provisioner_jobs_type_check
    check (type in ('template_version_import', 'template_version_dry_run', 'workspace_build')),
  provisioner text not null default 'terraform',
  storage_method text not null default 'file',
  file_id uuid not null constraint provisioner_jobs_file_id_fkey references files (id),
  input jsonb not null,
  tags jsonb not null,
  -- Claims go ahead of everything, humans ahead of the pool: lower is sooner.
  priority smallint not null default 1,
  worker_id uuid,
  -- Whoever holds the job writes with this epoch; a stale one changes nothing (builds spec, 7.2).
  lease_epoch integer not null default 0,
  lease_expires_at timestamptz,
  attempts integer not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  started_at timestamptz,
  canceled_at timestamptz,
  completed_at timestamptz,
  error text,
  error_code text,
  logs_length integer not null default 0 constraint provisioner_jobs_logs_length_check check (logs_length <= 1048576),
  logs_overflowed boolean not null default false,
  job_status text not null generated always as (
    case
      when completed_at is not null then
        case when coalesce(error, '') <> '' then 'failed' when canceled_at is not null then 'canceled' else 'succeeded' end
      when coalesce(error, '') <> '' then 'failed'
      when canceled_at is not null then 'canceling'
      when started_at is null then 'pending'
      else 'running'
    end
  ) stored
);
-- Acquisition reads the head of this one.
create index provisioner_jobs_queue_idx on provisioner_jobs (priority, created_at)
  where started_at is null and completed_at is null and canceled_at is null;
create index provisioner_jobs_running_idx on provisioner_jobs (lease_expires_at) where started_at is not null and completed_at is null;
create index provisioner_jobs_organization_idx on provisioner_jobs (organization_id, created_at desc);

create table provisioner_job_logs (
  id bigint generated always as identity constraint provisioner_job_logs_pkey primary key,
  job_id uuid not null constraint provisioner_job_logs_job_id_fkey references provisioner_jobs (id) on delete cascade,
  created_at timestamptz not null,
  source text not null,
  level text not null,
  stage text not null,
  output text not null
);
create index provisioner_job_logs_job_id_id_idx on provisioner_job_logs (job_id, id);

create table provisioner_job_timings (
  id bigint generated always as identity constraint provisioner_job_timings_pkey primary key,
  job_id uuid not null constraint provisioner_job_timings_job_id_fkey references provisioner_jobs (id) on delete cascade,
  started_at timestamptz not null,
  ended_at timestamptz not null,
  stage text not null,
  source text not null,
  action text not null,
  resource text not null
);
create index provisioner_job_timings_job_id_idx on provisioner_job_timings (job_id);

alter table template_versions add constraint template_versions_job_id_fkey foreign key (job_id) references provisioner_jobs (id);
