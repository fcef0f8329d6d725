-- What engines remember, and what people give in confidence, is sealed by the server, which has the key, and kept apart from the
-- rows that many read. What lies open from before waits in a table of its own until the server's next start has sealed it.

create table unsealed (
  kind text not null constraint unsealed_kind_check check (kind in ('build_state', 'build_secrets', 'job_secrets', 'version_secrets')),
  id uuid not null,
  content bytea not null,
  constraint unsealed_pkey primary key (kind, id)
);

-- A text that is sealed with the deployment's key: whether a start has the key that everything was sealed with.
create table seal_check (
  id boolean not null default true constraint seal_check_pkey primary key constraint seal_check_id_check check (id),
  sealed bytea not null
);

insert into unsealed (kind, id, content) select 'build_state', build_id, state from workspace_build_states;
drop table workspace_build_states;
-- In pieces, so that none of a large state is a large message. One piece of no bytes: nothing is there any more.
create table workspace_build_states (
  build_id uuid not null constraint workspace_build_states_build_id_fkey references workspace_builds (id) on delete cascade,
  position integer not null,
  sealed bytea not null,
  constraint workspace_build_states_pkey primary key (build_id, position)
);

-- Values that a version's author gave sensitive variables, those that hold for one build only, and what a job is told.
create table template_version_secrets (
  template_version_id uuid constraint template_version_secrets_pkey primary key
    constraint template_version_secrets_version_id_fkey references template_versions (id) on delete cascade,
  sealed bytea not null
);
create table workspace_build_secrets (
  build_id uuid constraint workspace_build_secrets_pkey primary key
    constraint workspace_build_secrets_build_id_fkey references workspace_builds (id) on delete cascade,
  sealed bytea not null
);
create table provisioner_job_secrets (
  job_id uuid constraint provisioner_job_secrets_pkey primary key
    constraint provisioner_job_secrets_job_id_fkey references provisioner_jobs (id) on delete cascade,
  sealed bytea not null
);

-- A value of null is among the secrets.
alter table template_version_variables alter column value drop not null;
alter table workspace_build_parameters alter column value drop not null;

insert into unsealed (kind, id, content)
  select 'version_secrets', template_version_id, convert_to(jsonb_object_agg(name, value)::text, 'UTF8')
  from template_version_variables where sensitive and value <> '' group by template_version_id;
update template_version_variables set value = null where sensitive and value <> '';

insert into unsealed (kind, id, content)
  select 'build_secrets', p.build_id, convert_to(jsonb_object_agg(p.name, p.value)::text, 'UTF8')
  from workspace_build_parameters p
  join workspace_builds b on b.id = p.build_id
  join template_version_parameters d on d.template_version_id = b.template_version_id and d.name = p.name and d.ephemeral
  group by p.build_id;
update workspace_build_parameters p set value = null
  from workspace_builds b
  join template_version_parameters d on d.template_version_id = b.template_version_id and d.ephemeral
  where b.id = p.build_id and d.name = p.name;

insert into unsealed (kind, id, content)
  select 'job_secrets', id, convert_to(jsonb_build_object('variables', input -> 'variables')::text, 'UTF8')
  from provisioner_jobs where jsonb_exists(input, 'variables') and completed_at is null;
update provisioner_jobs set input = input - 'variables' where jsonb_exists(input, 'variables');

-- However a job ends, what it was told in confidence goes with its end.
create function forget_job_secrets() returns trigger language plpgsql as $$
begin
  delete from provisioner_job_secrets where job_id = new.id;
  return null;
end $$;
create trigger provisioner_jobs_forget_secrets after update of completed_at on provisioner_jobs
  for each row when (new.completed_at is not null) execute function forget_job_secrets();
