-- Which daemon may run which job: what a job requires, what a daemon offers, where a workspace is.

alter table provisioner_daemons
  add column languages text[] not null default '{}',
  -- By the name of an engine, what it is on this daemon.
  add column engines jsonb not null default '{}',
  -- Where its engines keep what lives on one host.
  add column host_id uuid,
  drop column provisioners,
  drop column unsandboxed;

alter table provisioner_jobs
  -- Null requires nothing.
  add column language text constraint provisioner_jobs_language_check check (language in ('native', 'terraform')),
  add column engine text constraint provisioner_jobs_engine_check check (engine in ('process', 'docker', 'kubernetes', 'terraform')),
  add column host_id uuid,
  -- The host of the worker that has or had it, where what its engine makes lives on one.
  add column worker_host_id uuid,
  drop column provisioner;

alter table template_versions
  add column language text constraint template_versions_language_check check (language in ('native', 'terraform')),
  add column claim_touches_infrastructure boolean not null default false;
update template_versions set language = case engine when 'terraform' then 'terraform' else 'native' end,
  claim_touches_infrastructure = engine = 'terraform'
  where engine is not null;
update provisioner_jobs j set language = v.language, engine = v.engine
  from workspace_builds b join template_versions v on v.id = b.template_version_id
  where b.job_id = j.id and j.completed_at is null;

-- Which engine made what there is of a workspace, and which host holds it; null: none alone, or nobody knows yet.
create table workspace_placements (
  workspace_id uuid constraint workspace_placements_pkey primary key
    constraint workspace_placements_workspace_id_fkey references workspaces (id) on delete cascade,
  engine text not null constraint workspace_placements_engine_check check (engine in ('process', 'docker', 'kubernetes', 'terraform')),
  host_id uuid
);
insert into workspace_placements (workspace_id, engine)
  select w.id, v.engine from workspaces w
  join lateral (
    select b.template_version_id from workspace_builds b join workspace_build_states s on s.build_id = b.id
    where b.workspace_id = w.id and octet_length(s.state) > 0 order by b.build_number desc limit 1) last on true
  join template_versions v on v.id = last.template_version_id
  where not w.deleted and v.engine is not null;

-- The rule (builds spec, 8.3 and 9.1); jobs/placement.ts says the same. Simple enough to be a part of the statement that
-- calls it, indexes and all.
create function may_run(d provisioner_daemons, j provisioner_jobs) returns boolean
language sql immutable parallel safe as $$
  select d.organization_id = j.organization_id
    and j.tags <@ d.tags
    -- Work without tags goes to daemons without any.
    and (j.tags <> '{"owner": "", "scope": "organization"}' or d.tags = j.tags)
    and (j.language is null or j.language = any (d.languages))
    and (j.engine is null or jsonb_exists(d.engines, j.engine))
    and (j.host_id is null or j.host_id is not distinct from d.host_id)
$$;
