-- A run names the build that it is about to ask for, so that whoever is lost in between, its workspace is found by that; and
-- remembers how much its command said, for who asks for it when that is kept nowhere any more.
alter table runs add column build_id uuid, add column output_bytes bigint;
update runs r set build_id = (
  select b.id from workspace_builds b where b.workspace_id = coalesce(r.workspace_id, (
    select w.id from workspaces w
    where r.is_name_made_up and w.owner_id = r.owner_id and lower(w.name) = lower(r.workspace_name) and not w.deleted))
  order by b.build_number desc limit 1);
-- Of these there is no workspace.
delete from runs where build_id is null;
alter table runs
  alter column build_id set not null,
  drop column workspace_id,
  drop column workspace_name,
  drop column is_name_made_up;
