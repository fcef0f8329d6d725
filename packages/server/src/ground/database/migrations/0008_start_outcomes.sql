-- How an agent's first start ended, kept: `ready_at` and `lifecycle_state` are those of its latest start, and a start
-- follows each time that its process is started again. Written once, with the report that ends the first start.

alter table workspace_agents
  -- By the server's clock, as the build's creation is; and by the agent's, as the runs of its scripts are.
  add column first_start_ended_at timestamptz,
  add column first_start_ended_agent_time timestamptz,
  add column first_start_outcome text constraint workspace_agents_first_start_outcome_check
    check (first_start_outcome in ('ready', 'start_timeout', 'start_error')),
  add constraint workspace_agents_first_start_check check ((first_start_ended_at is null) = (first_start_outcome is null));

-- What is known of agents from before: the times of those that have connected once, for a process that is started again
-- connects again. Each connection adds one to the number of the session; a claim's row begins with the number of the row
-- that it replaced. Of the others nothing is known, and nothing is shown.
update workspace_agents a set
  first_start_ended_at = a.ready_at,
  first_start_ended_agent_time = a.ready_at,
  first_start_outcome = case
    when a.lifecycle_state in ('start_timeout', 'start_error') then a.lifecycle_state else 'ready' end
from workspace_builds b
where b.id = a.build_id and a.ready_at is not null
  and a.session_generation = case when b.stage = 'claim' then (
      select max(old.session_generation) from workspace_agents old
      where old.workspace_id = a.workspace_id and old.id <> a.id and old.deleted and old.auth_token_hash = a.auth_token_hash)
    else 1 end
  -- An agent that was stopped no longer says how its start ended; its scripts do.
  and (a.lifecycle_state in ('ready', 'start_timeout', 'start_error') or not exists (
    select from workspace_agent_scripts s join workspace_agent_script_timings t on t.script_id = s.id
    where s.workspace_agent_id = a.id and t.stage = 'start' and t.status in ('exit_failure', 'timed_out')));
