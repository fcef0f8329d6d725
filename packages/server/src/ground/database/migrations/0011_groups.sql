-- People who are given something together, and roles of an operator's own making.

create table groups (
  id uuid constraint groups_pkey primary key,
  organization_id uuid not null constraint groups_organization_id_fkey references organizations (id) on delete cascade,
  name text not null,
  display_name text not null default '',
  avatar_url text not null default '',
  -- Credits a day that each member may spend.
  quota_allowance integer not null default 0 constraint groups_quota_allowance_check check (quota_allowance >= 0),
  source text not null default 'user' constraint groups_source_check check (source in ('user', 'oidc')),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint groups_id_organization_id_key unique (id, organization_id)
);
create unique index groups_organization_id_name_key on groups (organization_id, lower(name));

-- Who leaves the organization leaves its groups. The group of everyone has no rows: its members are the organization's.
create table group_members (
  group_id uuid not null,
  organization_id uuid not null,
  user_id uuid not null,
  created_at timestamptz not null,
  constraint group_members_pkey primary key (group_id, user_id),
  constraint group_members_group_fkey foreign key (group_id, organization_id)
    references groups (id, organization_id) on delete cascade,
  constraint group_members_member_fkey foreign key (organization_id, user_id)
    references organization_members (organization_id, user_id) on delete cascade,
  constraint group_members_everyone_check check (group_id <> organization_id)
);
create index group_members_user_id_idx on group_members (user_id, organization_id);

-- Every group that a user is in, that of everyone among them.
create view user_groups as
  select user_id, organization_id, organization_id as group_id from organization_members
  union all
  select user_id, organization_id, group_id from group_members;

-- The group of everyone: it has the organization's id, and is there from the first moment.
create function add_everyone_group() returns trigger language plpgsql as $$
begin
  insert into groups (id, organization_id, name, created_at, updated_at)
  values (new.id, new.id, 'Everyone', new.created_at, new.created_at);
  return null;
end $$;
create trigger organizations_everyone after insert on organizations for each row execute function add_everyone_group();
insert into groups (id, organization_id, name, created_at, updated_at)
select id, id, 'Everyone', created_at, created_at from organizations;

-- Permissions are texts `type:action`, with `!` before what is taken away. Roles of an organization give nothing
-- beyond it.
create table custom_roles (
  id uuid constraint custom_roles_pkey primary key,
  -- Null: a role of the deployment.
  organization_id uuid constraint custom_roles_organization_id_fkey references organizations (id) on delete cascade,
  name text not null,
  display_name text not null default '',
  site_permissions text[] not null default '{}',
  user_permissions text[] not null default '{}',
  organization_permissions text[] not null default '{}',
  member_permissions text[] not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint custom_roles_place_check check (case
    when organization_id is null then organization_permissions = '{}' and member_permissions = '{}'
    else site_permissions = '{}' and user_permissions = '{}' end)
);
create unique index custom_roles_organization_id_name_key
  on custom_roles (coalesce(organization_id, '00000000-0000-0000-0000-000000000000'), name);

-- What members could do by their role is now on each template's own list, where it can be taken away.
update templates set group_acl = group_acl || jsonb_build_object(organization_id::text, '["use"]'::jsonb)
where not jsonb_exists(group_acl, organization_id::text);
