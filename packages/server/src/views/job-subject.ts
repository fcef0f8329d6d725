import { sql } from "kysely";
import { orNull, stored, type Fragment } from "../ground/database/index.ts";

/**
 * What the job `j` is about: of a build `b` its workspace `w`, and the template version `v`, of a template `t`, that is
 * built or imported. Joins for a statement about jobs; each may find nothing.
 */
export const jobSubjectJoins: Fragment = sql`
  left join workspace_builds b on b.job_id = j.id
  left join workspaces w on w.id = b.workspace_id
  left join template_versions v on v.id = coalesce(b.template_version_id, (j.input ->> 'template_version_id')::uuid)
  left join templates t on t.id = v.template_id`;

export const jobSubjectColumns: Fragment = sql`
  v.name as version_name, t.id as template_id, t.name as template_name, t.display_name as template_display_name,
  t.icon as template_icon, w.id as workspace_id, w.name as workspace_name, b.transition`;

export const jobSubjectShape = {
  version_name: orNull(stored("template_versions.name")),
  template_id: orNull(stored("templates.id")),
  template_name: orNull(stored("templates.name")),
  template_display_name: orNull(stored("templates.display_name")),
  template_icon: orNull(stored("templates.icon")),
  workspace_id: orNull(stored("workspaces.id")),
  workspace_name: orNull(stored("workspaces.name")),
  transition: orNull(stored("workspace_builds.transition")),
} as const;
