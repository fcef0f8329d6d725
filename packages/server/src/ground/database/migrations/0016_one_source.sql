-- Rules that several statements ask, each written once. All are simple enough to become a part of the statement that calls
-- them, indexes and all: one select, neither strict nor with rights of its own. What holds an expression has no sub-select.

-- Index: workspace_builds_workspace_id_build_number_key.
create function latest_build(of_workspace uuid) returns setof workspace_builds
language sql stable parallel safe rows 1 as $$
  select b.* from workspace_builds b where b.workspace_id = of_workspace order by b.build_number desc limit 1
$$;

-- What a workspace is, from its latest build (builds spec, 5.4); workspaces/status.ts says the same.
create function workspace_status(job_status text, transition text) returns text
language sql immutable parallel safe as $$
  select case job_status
    when 'running' then case transition when 'start' then 'starting' when 'stop' then 'stopping' else 'deleting' end
    when 'succeeded' then case transition when 'start' then 'running' when 'stop' then 'stopped' else 'deleted' end
    else job_status end
$$;

-- Replicas that hold their lease, and with it the sessions of their agents.
create function live_replicas(at timestamptz) returns setof replicas
language sql stable parallel safe rows 2 as $$
  select r.* from replicas r where r.expires_at > at
$$;

-- How an agent's connection stands (agents spec, 4.3); agents/resources/connection-status.ts says the same. Its newest
-- session is held as long as the replica that has it holds its lease.
create function agent_status(a workspace_agents, is_held boolean, at timestamptz) returns text
language sql immutable parallel safe as $$
  select case
    when a.first_connected_at is null then case
      when a.connection_timeout_seconds > 0 and at - a.created_at > a.connection_timeout_seconds * interval '1 second'
      then 'timeout' else 'connecting' end
    when is_held then 'connected'
    else 'disconnected' end
$$;

-- Whether an agent may connect and stay connected (agents spec, 2.1): it belongs to the latest build of its workspace,
-- with two exceptions for the build that directly follows its own. A stop that is not finished keeps it, so that its stop
-- scripts can still report; a claim does until it has succeeded, so that it never cuts off the agent that it gives away.
create function agent_is_accepted(
  a workspace_agents, w workspaces, own workspace_builds, own_job provisioner_jobs,
  latest workspace_builds, latest_job provisioner_jobs
) returns boolean
language sql immutable parallel safe as $$
  select not a.deleted and not w.deleted and case latest.build_number - own.build_number
    when 0 then true
    when 1 then case
      when latest.stage = 'claim' then latest_job.job_status <> 'succeeded'
      -- One that is asked to stop still runs until its worker says so.
      else latest.transition = 'stop' and latest_job.job_status in ('pending', 'running', 'canceling')
        and own.transition = 'start' and own_job.job_status = 'succeeded' end
    else false end
$$;

create or replace function workspace_quota(for_user uuid, in_organization uuid, but_workspace uuid)
returns table (credits_consumed bigint, budget bigint) language sql stable as $$
  select
    (select coalesce(sum(b.daily_cost), 0)
      from workspaces w cross join lateral latest_build(w.id) b
      where w.owner_id = for_user and w.organization_id = in_organization and not w.deleted
        and w.id is distinct from but_workspace),
    (select case when o.has_quotas then (
        select coalesce(sum(g.quota_allowance), 0)
        from user_groups m join groups g on g.id = m.group_id
        where m.user_id = for_user and m.organization_id = o.id
      ) else -1 end
      from organizations o where o.id = in_organization)
$$;
