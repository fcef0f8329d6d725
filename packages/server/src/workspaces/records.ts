import { sql, type RawBuilder, type Selectable } from "kysely";
import type { Db, Tables, Tx } from "../database/index.ts";
import type { JobRow } from "../provisioning/index.ts";
import { prefixedColumns } from "./prefixed-columns.ts";
import { timeToReadyMs } from "./time-to-ready.ts";

/** A workspace without what only agents and permissions look at. */
export type WorkspaceRow = Omit<Selectable<Tables["workspaces"]>, "host_key_seed" | "user_acl" | "group_acl">;
export type BuildRow = Selectable<Tables["workspace_builds"]>;

export const workspaceColumns = prefixedColumns<WorkspaceRow>("w", [
  "id",
  "owner_id",
  "organization_id",
  "template_id",
  "name",
  "deleted",
  "autostart_schedule",
  "ttl",
  "last_used_at",
  "dormant_at",
  "deleting_at",
  "automatic_updates",
  "next_start_at",
  "claimed_at",
  "prebuild_created_at",
  "claim_count",
  "created_at",
  "updated_at",
]);

export const buildColumns = prefixedColumns<BuildRow>("b", [
  "id",
  "workspace_id",
  "template_version_id",
  "template_version_preset_id",
  "build_number",
  "transition",
  "stage",
  "initiator_id",
  "job_id",
  "reason",
  "deadline",
  "max_deadline",
  "daily_cost",
  "created_at",
  "updated_at",
]);

export const jobColumns = prefixedColumns<JobRow>("j", [
  "id",
  "organization_id",
  "initiator_id",
  "type",
  "provisioner",
  "storage_method",
  "file_id",
  "input",
  "tags",
  "priority",
  "worker_id",
  "lease_epoch",
  "lease_expires_at",
  "attempts",
  "created_at",
  "updated_at",
  "started_at",
  "canceled_at",
  "completed_at",
  "error",
  "error_code",
  "logs_length",
  "logs_overflowed",
  "job_status",
]);

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

export interface TemplateFacts {
  readonly name: string;
  readonly display_name: string;
  readonly icon: string;
  readonly active_version_id: string;
  readonly allow_user_cancel_workspace_jobs: boolean;
  readonly require_active_version: boolean;
  readonly use_classic_parameter_flow: boolean;
}

/** How the build that made the workspace its owner's went: its first one, or the claim. */
export interface OriginFacts {
  /** From the request until all its agents were ready; null while they are not, or when one failed. */
  readonly readyMs: number | null;
}

/** The latest build of workspace `w` as `b`; index workspace_builds_workspace_id_build_number_key. */
export const latestBuildJoin: RawBuilder<unknown> = sql`
  join lateral (select * from workspace_builds x where x.workspace_id = w.id order by x.build_number desc limit 1) b on true`;

interface JoinedBuild extends Record<string, unknown> {
  version_name: string;
  initiator_name: string;
  owner_name: string;
  owner_avatar_url: string;
}

interface JoinedWorkspace extends JoinedBuild {
  organization_name: string;
  template: TemplateFacts;
  favorite_of: string[];
  ready_ms: number | null;
}

/**
 * Workspaces of these ids with their latest builds, in the order of the ids; unknown ones are left out, deleted ones are
 * not. One statement for any number.
 */
export async function findWorkspaceRecords(db: Db | Tx, ids: readonly string[]): Promise<WorkspaceRecord[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<JoinedWorkspace>`
    select ${workspaceColumns.columns}, ${buildColumns.columns}, ${jobColumns.columns},
      v.name as version_name, i.username as initiator_name, u.username as owner_name, u.avatar_url as owner_avatar_url,
      o.name as organization_name,
      json_build_object('name', t.name, 'display_name', t.display_name, 'icon', t.icon, 'active_version_id', t.active_version_id,
        'allow_user_cancel_workspace_jobs', t.allow_user_cancel_workspace_jobs, 'require_active_version', t.require_active_version,
        'use_classic_parameter_flow', t.use_classic_parameter_flow) as template,
      array(select f.user_id from workspace_favorites f where f.workspace_id = w.id) as favorite_of,
      (select ${timeToReadyMs("ob")} from workspace_builds ob
        where ob.workspace_id = w.id and ob.build_number = coalesce(
          (select max(cb.build_number) from workspace_builds cb where cb.workspace_id = w.id and cb.stage = 'claim'), 1)) as ready_ms
    from unnest(${[...ids]}::uuid[]) with ordinality as wanted (id, place)
    join workspaces w on w.id = wanted.id
    join users u on u.id = w.owner_id
    join organizations o on o.id = w.organization_id
    join templates t on t.id = w.template_id
    ${latestBuildJoin}
    join provisioner_jobs j on j.id = b.job_id
    join template_versions v on v.id = b.template_version_id
    join users i on i.id = b.initiator_id
    order by wanted.place`.execute(db);
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

/** Builds with what is shown of them, newest first; with the workspace's row, for whoever must decide about it. */
export async function findBuildRecords(
  db: Db | Tx,
  wanted: BuildsWanted,
): Promise<(BuildRecord & { readonly workspace: WorkspaceRow })[]> {
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
  const { rows } = await sql<JoinedBuild>`
    select ${workspaceColumns.columns}, ${buildColumns.columns}, ${jobColumns.columns},
      v.name as version_name, i.username as initiator_name, u.username as owner_name, u.avatar_url as owner_avatar_url
    from workspace_builds b
    join workspaces w on w.id = b.workspace_id
    join users u on u.id = w.owner_id
    join provisioner_jobs j on j.id = b.job_id
    join template_versions v on v.id = b.template_version_id
    join users i on i.id = b.initiator_id
    where ${sql.join(conditions, sql` and `)}
    order by b.build_number desc ${limit}`.execute(db);
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
