-- Access lists name only who is there: a member who leaves its organization leaves every list in it, and a group that is
-- deleted every list that names it. Whoever comes back begins with nothing.

create index workspaces_shared_idx on workspaces (organization_id) where user_acl <> '{}' or group_acl <> '{}';

-- In the statement that takes the row away, whichever that is. A new table with access lists has its line here; a test
-- looks for it.
create function leave_user_lists() returns trigger language plpgsql as $$
begin
  update workspaces set user_acl = user_acl - old.user_id::text
  where organization_id = old.organization_id and (user_acl <> '{}' or group_acl <> '{}')
    and jsonb_exists(user_acl, old.user_id::text);
  update templates set user_acl = user_acl - old.user_id::text
  where organization_id = old.organization_id and jsonb_exists(user_acl, old.user_id::text);
  return null;
end;
$$;
create trigger organization_members_leave_lists after delete on organization_members
  for each row execute function leave_user_lists();

create function leave_group_lists() returns trigger language plpgsql as $$
begin
  update workspaces set group_acl = group_acl - old.id::text
  where organization_id = old.organization_id and (user_acl <> '{}' or group_acl <> '{}')
    and jsonb_exists(group_acl, old.id::text);
  update templates set group_acl = group_acl - old.id::text
  where organization_id = old.organization_id and jsonb_exists(group_acl, old.id::text);
  return null;
end;
$$;
create trigger groups_leave_lists after delete on groups for each row execute function leave_group_lists();

-- Who has left already.
create function pg_temp.of_members(organization uuid, acl jsonb) returns jsonb language sql as $$
  select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(acl)
  where exists (select from organization_members m where m.organization_id = organization and m.user_id::text = key)
$$;
create function pg_temp.of_groups(organization uuid, acl jsonb) returns jsonb language sql as $$
  select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(acl)
  where key = organization::text
    or exists (select from groups g where g.organization_id = organization and g.id::text = key)
$$;
update workspaces set user_acl = pg_temp.of_members(organization_id, user_acl),
  group_acl = pg_temp.of_groups(organization_id, group_acl)
where user_acl <> '{}' or group_acl <> '{}';
update templates set user_acl = pg_temp.of_members(organization_id, user_acl),
  group_acl = pg_temp.of_groups(organization_id, group_acl)
where user_acl <> '{}' or group_acl <> '{}';
