-- Who answers for what is built, where a build may run without a sandbox.

-- Who made the version active, last; null: nobody did, or it is not known.
alter table template_versions add column promoted_by uuid constraint template_versions_promoted_by_fkey references users (id);
-- A template's only version was made active by whoever made the template.
update template_versions v set promoted_by = t.created_by
  from templates t
  where t.id = v.template_id and t.active_version_id = v.id
    and not exists (select from template_versions o where o.template_id = t.id and o.id <> v.id);

-- Who chose the value; null: the template did, as a default or in a preset.
alter table workspace_build_parameters add column given_by uuid
  constraint workspace_build_parameters_given_by_fkey references users (id);
update workspace_build_parameters p set given_by = b.initiator_id
  from workspace_builds b
  where b.id = p.build_id and b.initiator_id <> 'c42fdf75-3097-471c-8c33-fb52454d81c0'
    and not exists (select from template_version_parameters d
      where d.template_version_id = b.template_version_id and d.name = p.name and d.default_value = p.value);

-- Engines of the daemon whose workspaces share its host, each with why.
alter table provisioner_daemons add column unsandboxed jsonb not null default '{}';

alter table template_version_presets
  drop constraint template_version_presets_status_check,
  add constraint template_version_presets_status_check
    check (prebuild_status in ('healthy', 'hard_limited', 'validation_failed', 'sandbox_required'));
