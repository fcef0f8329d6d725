import { sql } from "kysely";
import {
  computed,
  defineStatement,
  orNull,
  sampleId,
  stored,
  type Db,
  type Fragment,
  type Tx,
} from "../ground/database/index.ts";

/** In a statement about templates `t`: how many people have a workspace of the template. */
export const activeUsers: Fragment = sql`(select count(distinct w.owner_id)::int from workspaces w
  join users wu on wu.id = w.owner_id where w.template_id = t.id and not w.deleted and not wu.is_system)`;

/**
 * In a statement about template versions `v`: whether a workspace's latest build has the version.
 * Index: workspace_builds_template_version_id_idx.
 */
export const isVersionUsed: Fragment = sql`exists (
  select from workspace_builds b join workspaces w on w.id = b.workspace_id
  where b.template_version_id = v.id and not w.deleted and b.id = (select latest.id from latest_build(w.id) latest))`;

interface BuildTimes {
  readonly transition: "start" | "stop" | "delete";
  readonly p50: number;
  readonly p95: number;
}

const findExtras = defineStatement({
  name: "views.template_extras",
  columns: {
    id: stored("templates.id"),
    created_by_name: stored("users.username"),
    organization_name: stored("organizations.name"),
    organization_display_name: stored("organizations.display_name"),
    organization_icon: stored("organizations.icon"),
    engine: orNull(stored("template_versions.engine")),
    active_users: computed.number,
    stats: computed.json<BuildTimes[]>(),
  },
  samples: [{ ids: [sampleId] }],
  build: ({ ids }: { ids: readonly string[] }) => sql`
    select t.id, u.username as created_by_name, o.name as organization_name, o.display_name as organization_display_name,
      o.icon as organization_icon, v.engine,
      ${activeUsers} as active_users,
      coalesce((select jsonb_agg(s) from (
        select b.transition,
          percentile_cont(0.5) within group (order by extract(epoch from j.completed_at - j.started_at) * 1000)::int as p50,
          percentile_cont(0.95) within group (order by extract(epoch from j.completed_at - j.started_at) * 1000)::int as p95
        from workspace_builds b
        join template_versions bv on bv.id = b.template_version_id and bv.template_id = t.id
        join provisioner_jobs j on j.id = b.job_id and j.job_status = 'succeeded' and j.started_at is not null
        -- A claim builds nothing: beside builds its milliseconds would tell of neither.
        where b.created_at > now() - interval '30 days' and b.stage <> 'claim'
        group by b.transition) s), '[]') as stats
    from templates t join users u on u.id = t.created_by join organizations o on o.id = t.organization_id
    left join template_versions v on v.id = t.active_version_id
    where t.id = any(${[...ids]}::uuid[])`,
});

/** What is shown with a template: whose it is, and how it is used. */
export type TemplateExtras = NonNullable<typeof findExtras.row>;

/** The same by the template's id. One statement for any number. */
export async function findTemplateExtras(
  db: Db | Tx,
  ids: readonly string[],
): Promise<ReadonlyMap<string, TemplateExtras>> {
  return new Map((await findExtras.all(db, { ids })).map((row) => [row.id, row]));
}
