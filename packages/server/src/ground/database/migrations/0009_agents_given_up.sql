-- When and why the engine stopped starting an agent again; null once it has connected again.

alter table workspace_agents
  add column given_up_at timestamptz,
  add column given_up_reason text,
  add constraint workspace_agents_given_up_check check ((given_up_at is null) = (given_up_reason is null));
