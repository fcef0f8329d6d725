-- Quotas count in an organization from its first allowance on: without one, nothing that costs could be built at all.
alter table organizations add column has_quotas boolean not null default false;

create function begin_quotas() returns trigger language plpgsql as $$
begin
  update organizations set has_quotas = true where id = new.organization_id and not has_quotas;
  return null;
end $$;
create trigger groups_begin_quotas after insert or update of quota_allowance on groups
  for each row when (new.quota_allowance > 0) execute function begin_quotas();

-- Credits a day: what a user's live workspaces in an organization cost by their latest builds, but for one of them, and
-- what its groups there allow; a budget of -1 is none.
create function workspace_quota(for_user uuid, in_organization uuid, but_workspace uuid)
returns table (credits_consumed bigint, budget bigint) language sql stable as $$
  select
    (select coalesce(sum(b.daily_cost), 0)
      from workspaces w
      join lateral (
        select x.daily_cost from workspace_builds x where x.workspace_id = w.id order by x.build_number desc limit 1
      ) b on true
      where w.owner_id = for_user and w.organization_id = in_organization and not w.deleted
        and w.id is distinct from but_workspace),
    (select case when o.has_quotas then (
        select coalesce(sum(g.quota_allowance), 0)
        from user_groups m join groups g on g.id = m.group_id
        where m.user_id = for_user and m.organization_id = o.id
      ) else -1 end
      from organizations o where o.id = in_organization)
$$;
