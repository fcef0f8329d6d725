import { sql } from "kysely";
import {
  computed,
  defineStatement,
  orNull,
  sampleId,
  sampleMs,
  someColumns,
  stored,
  type Db,
  type JsonRowOf,
  type RowOfShape,
  type Tx,
} from "../ground/database/index.ts";
import type { JobRow } from "../jobs/index.ts";
import { prefixedColumns } from "./prefixed-columns.ts";
import { timeToReadyMs } from "./time-to-ready.ts";

/** What only agents look at is left out. */
export const workspaceColumns = prefixedColumns("w", "workspaces", { except: ["host_key_seed"] });
export const buildColumns = prefixedColumns("b", "workspace_builds");
export const jobColumns = prefixedColumns("j", "provisioner_jobs");

export type WorkspaceRow = ReturnType<typeof workspaceColumns.pick>;
export type BuildRow = ReturnType<typeof buildColumns.pick>;

/** A build with its job and the names that are shown with it. */
export interface BuildRecord {
  readonly build: BuildRow;
  readonly job: JobRow;
  readonly versionName: string;
  readonly initiatorName: string;
  readonly workspaceName: string;
  readonly ownerId: string;
  readonly ownerName: string;
  readonly ownerAvatarUrl: string;
}

/** A workspace with all that is shown of it but resources. */
export interface WorkspaceRecord {
  readonly workspace: WorkspaceRow;
  readonly ownerName: string;
  readonly ownerAvatarUrl: string;
  readonly organizationName: string;
  readonly template: TemplateFacts;
  readonly latest: BuildRecord;
  /** Who marked it as a favourite. */
  readonly favoriteOf: readonly string[];
  readonly origin: OriginFacts;
}

/** What of its template is shown with a workspace. */
export const templateColumns = someColumns("templates", [
  "name",
  "display_name",
  "icon",
  "active_version_id",
  "allow_user_cancel_workspace_jobs",
  "require_active_version",
  "use_classic_parameter_flow",
]);
type TemplateFacts = JsonRowOf<typeof templateColumns>;

/** How the build that made the workspace its owner's went: its first one, or the claim. */
export interface OriginFacts {
  /** From the request until all its agents were ready; null while they are not, or when one failed. */
  readonly readyMs: number | null;
}

const buildShape = {
  ...workspaceColumns.shape,
  ...buildColumns.shape,
  ...jobColumns.shape,
  version_name: stored("template_versions.name"),
  initiator_name: stored("users.username"),
  owner_name: stored("users.username"),
  owner_avatar_url: stored("users.avatar_url"),
} as const;
type JoinedBuild = RowOfShape<typeof buildShape>;

const findRecords = defineStatement({
  name: "workspaces.find_records",
  columns: {
    ...buildShape,
    organization_name: stored("organizations.name"),
    template: computed.json<TemplateFacts>(),
    favorite_of: computed.uuids,
    ready_ms: orNull(computed.number),
  },
  samples: [{ ids: [sampleId] }],
  build: ({ ids }: { ids: readonly string[] }) => sql`
    select ${workspaceColumns.columns}, ${buildColumns.columns}, ${jobColumns.columns},
      v.name as version_name, i.username as initiator_name, u.username as owner_name, u.avatar_url as owner_avatar_url,
      o.name as organization_name,
      json_build_object(${templateColumns.json("t")}) as template,
      array(select f.user_id from workspace_favorites f where f.workspace_id = w.id) as favorite_of,
      (select ${timeToReadyMs("ob")} from workspace_builds ob
        where ob.workspace_id = w.id and ob.build_number = coalesce(
          (select max(cb.build_number) from workspace_builds cb where cb.workspace_id = w.id and cb.stage = 'claim'), 1)) as ready_ms
    from unnest(${[...ids]}::uuid[]) with ordinality as wanted (id, place)
    join workspaces w on w.id = wanted.id
    join users u on u.id = w.owner_id
    join organizations o on o.id = w.organization_id
    join templates t on t.id = w.template_id
    cross join lateral latest_build(w.id) b
    join provisioner_jobs j on j.id = b.job_id
    join template_versions v on v.id = b.template_version_id
    join users i on i.id = b.initiator_id
    order by wanted.place`,
});

/**
 * Workspaces of these ids with their latest builds, in the order of the ids; unknown ones are left out, deleted ones are
 * not. One statement for any number.
 */
export async function findWorkspaceRecords(db: Db | Tx, ids: readonly string[]): Promise<WorkspaceRecord[]> {
  if (ids.length === 0) return [];
  const rows = await findRecords.all(db, { ids });
  return rows.map((row) => {
    const workspace = workspaceColumns.pick(row);
    return {
      workspace,
      ownerName: row.owner_name,
      ownerAvatarUrl: row.owner_avatar_url,
      organizationName: row.organization_name,
      template: row.template,
      latest: toBuildRecord(row, workspace),
      favoriteOf: row.favorite_of,
      origin: { readyMs: row.ready_ms },
    };
  });
}

/** Which builds, of one workspace or by their own id. */
export type BuildsWanted =
  | { readonly id: string }
  | { readonly workspaceId: string; readonly number: number }
  | {
      readonly workspaceId: string;
      readonly since?: Date | undefined;
      readonly afterId?: string | undefined;
      readonly limit?: number | undefined;
      readonly offset?: number | undefined;
    };

const findBuilds = defineStatement({
  name: "workspaces.find_builds",
  columns: buildShape,
  samples: [
    { wanted: { id: sampleId } },
    { wanted: { workspaceId: sampleId, number: 1 } },
    { wanted: { workspaceId: sampleId } },
    { wanted: { workspaceId: sampleId, since: new Date(sampleMs), afterId: sampleId, limit: 25, offset: 25 } },
  ],
  build({ wanted }: { wanted: BuildsWanted }) {
    const conditions = [sql`true`];
    let limit = sql``;
    if ("id" in wanted) conditions.push(sql`b.id = ${wanted.id}`);
    else if ("number" in wanted) {
      conditions.push(sql`b.workspace_id = ${wanted.workspaceId}`, sql`b.build_number = ${wanted.number}`);
    } else {
      conditions.push(sql`b.workspace_id = ${wanted.workspaceId}`);
      if (wanted.since !== undefined) conditions.push(sql`b.created_at > ${wanted.since}`);
      if (wanted.afterId !== undefined) {
        conditions.push(sql`b.build_number < (select a.build_number from workspace_builds a
        where a.id = ${wanted.afterId} and a.workspace_id = ${wanted.workspaceId})`);
      }
      const most = wanted.limit === undefined || wanted.limit === 0 ? sql`` : sql`limit ${wanted.limit}`;
      limit = sql`${most} offset ${wanted.offset ?? 0}`;
    }
    return sql`
    select ${workspaceColumns.columns}, ${buildColumns.columns}, ${jobColumns.columns},
      v.name as version_name, i.username as initiator_name, u.username as owner_name, u.avatar_url as owner_avatar_url
    from workspace_builds b
    join workspaces w on w.id = b.workspace_id
    join users u on u.id = w.owner_id
    join provisioner_jobs j on j.id = b.job_id
    join template_versions v on v.id = b.template_version_id
    join users i on i.id = b.initiator_id
    where ${sql.join(conditions, sql` and `)}
    order by b.build_number desc ${limit}`;
  },
});

/** Builds with what is shown of them, newest first; with the workspace's row, for whoever must decide about it. */
export async function findBuildRecords(
  db: Db | Tx,
  wanted: BuildsWanted,
): Promise<(BuildRecord & { readonly workspace: WorkspaceRow })[]> {
  const rows = await findBuilds.all(db, { wanted });
  return rows.map((row) => {
    const workspace = workspaceColumns.pick(row);
    return { ...toBuildRecord(row, workspace), workspace };
  });
}

function toBuildRecord(row: JoinedBuild, workspace: WorkspaceRow): BuildRecord {
  return {
    build: buildColumns.pick(row),
    job: jobColumns.pick(row),
    versionName: row.version_name,
    initiatorName: row.initiator_name,
    workspaceName: workspace.name,
    ownerId: workspace.owner_id,
    ownerName: row.owner_name,
    ownerAvatarUrl: row.owner_avatar_url,
  };
}
