import { sql } from "kysely";
import { objectOf } from "../access/index.ts";
import {
  computed,
  defineStatement,
  notNull,
  sampleId,
  someColumns,
  stored,
  type Db,
  type JsonRowOf,
  type Tx,
} from "../ground/database/index.ts";
import type { PreviousBuild } from "./plan-build.ts";
import { workspaceColumns, type WorkspaceRow } from "./records.ts";

const templateColumns = someColumns("templates", [
  "name",
  "active_version_id",
  "require_active_version",
  "user_acl",
  "group_acl",
]);

const parameterColumns = someColumns("workspace_build_parameters", ["name", "value"]);

/** A workspace about to be built, with what the decision depends on. Its row is locked. */
export interface WorkspaceForBuild {
  readonly workspace: WorkspaceRow;
  readonly previous: PreviousBuild;
  readonly ownerName: string;
  readonly ownerAvatarUrl: string;
  readonly template: JsonRowOf<typeof templateColumns>;
}

/**
 * Locks the workspace's row until `tx` ends and reads its latest build with it. Builds, claims and deletes of one
 * workspace take this lock first, so they come one after another. Undefined when there is no such workspace.
 */
export async function lockForBuild(tx: Tx, workspaceId: string): Promise<WorkspaceForBuild | undefined> {
  return await readForBuild(tx, workspaceId, true);
}

/** The same facts without the lock. */
export async function findForBuild(db: Db | Tx, workspaceId: string): Promise<WorkspaceForBuild | undefined> {
  return await readForBuild(db, workspaceId, false);
}

/** What permissions on its template are asked for, with the lists that give them. */
export function templateObjectOf({ workspace, template }: Pick<WorkspaceForBuild, "workspace" | "template">) {
  return objectOf({ ...template, id: workspace.template_id, organization_id: workspace.organization_id });
}

const find = defineStatement({
  name: "workspaces.for_build",
  columns: {
    ...workspaceColumns.shape,
    build_number: stored("workspace_builds.build_number"),
    template_version_id: stored("workspace_builds.template_version_id"),
    job_status: notNull(stored("provisioner_jobs.job_status")),
    parameters: computed.json<JsonRowOf<typeof parameterColumns>[]>(),
    owner_name: stored("users.username"),
    owner_avatar_url: stored("users.avatar_url"),
    template: computed.json<WorkspaceForBuild["template"]>(),
  },
  samples: [
    { workspaceId: sampleId, isLocked: true },
    { workspaceId: sampleId, isLocked: false },
  ],
  build: ({ workspaceId, isLocked }: { workspaceId: string; isLocked: boolean }) => sql`
    select ${workspaceColumns.columns}, b.build_number, b.template_version_id, j.job_status,
      (select coalesce(json_agg(json_build_object(${parameterColumns.json("p")})), '[]')
        from workspace_build_parameters p where p.build_id = b.id) as parameters,
      u.username as owner_name, u.avatar_url as owner_avatar_url,
      json_build_object(${templateColumns.json("t")}) as template
    from workspaces w
    cross join lateral latest_build(w.id) b
    join provisioner_jobs j on j.id = b.job_id
    join users u on u.id = w.owner_id
    join templates t on t.id = w.template_id
    where w.id = ${workspaceId}
    ${isLocked ? sql`for update of w` : sql``}`,
});

async function readForBuild(
  db: Db | Tx,
  workspaceId: string,
  isLocked: boolean,
): Promise<WorkspaceForBuild | undefined> {
  const row = await find.first(db, { workspaceId, isLocked });
  if (row === undefined) return undefined;
  return {
    workspace: workspaceColumns.pick(row),
    previous: {
      number: row.build_number,
      versionId: row.template_version_id,
      jobStatus: row.job_status,
      // What was for one build only is sealed, and its value is nowhere here.
      parameters: row.parameters.flatMap(({ name, value }) => (value === null ? [] : [{ name, value }])),
    },
    ownerName: row.owner_name,
    ownerAvatarUrl: row.owner_avatar_url,
    template: row.template,
  };
}
