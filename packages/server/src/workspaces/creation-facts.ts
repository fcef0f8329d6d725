import { sql } from "kysely";
import { someColumns, type Db, type JsonRowOf, type Tx } from "../database/index.ts";
import { templateColumns } from "./records.ts";
import { toVersionFacts, versionColumns, type VersionRecord, type VersionWithPools } from "./version-facts.ts";

const factColumns = someColumns("templates", [
  ...templateColumns.names,
  "deleted",
  "deprecated",
  "allow_user_autostart",
  "allow_user_autostop",
  "autostart_block_days_of_week",
  "default_ttl",
]);

/** All that the creation of a workspace depends on. */
export interface CreationFacts {
  readonly version: VersionWithPools;
  readonly templateId: string;
  readonly organizationId: string;
  readonly organizationName: string;
  /** `default_ttl` in nanoseconds, 0 = none. */
  readonly template: JsonRowOf<typeof factColumns>;
  readonly authorRoles: readonly string[];
  readonly ownerRoles: readonly string[];
  readonly isNameTaken: boolean;
}

interface Row extends VersionRecord {
  template_id: string;
  organization_id: string;
  organization_name: string;
  template: CreationFacts["template"];
  author_roles: string[];
  owner_roles: string[];
  is_name_taken: boolean;
}

/**
 * Reads them in one statement, because a claim is meant to take a handful. Undefined when there is no such template, or
 * no such version with a template. Deleted templates are found.
 */
export async function findCreationFacts(
  db: Db | Tx,
  wanted: { templateId: string | undefined; versionId: string | undefined; ownerId: string; name: string },
): Promise<CreationFacts | undefined> {
  const version =
    wanted.versionId === undefined
      ? sql`v.id = t.active_version_id and t.id = ${wanted.templateId}`
      : sql`v.id = ${wanted.versionId}`;
  const { rows } = await sql<Row>`
    select ${versionColumns}, t.id as template_id, t.organization_id, o.name as organization_name,
      json_build_object(${factColumns.json("t")}) as template,
      array(select unnest(roles) from users where id = t.created_by) as author_roles,
      array(select unnest(roles) from users where id = ${wanted.ownerId}) as owner_roles,
      exists (select from workspaces w where w.owner_id = ${wanted.ownerId} and lower(w.name) = lower(${wanted.name})
        and not w.deleted) as is_name_taken
    from templates t
    join template_versions v on v.template_id = t.id
    join provisioner_jobs ij on ij.id = v.job_id
    join organizations o on o.id = t.organization_id
    where ${version}`.execute(db);
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    version: toVersionFacts(row),
    templateId: row.template_id,
    organizationId: row.organization_id,
    organizationName: row.organization_name,
    template: row.template,
    authorRoles: row.author_roles,
    ownerRoles: row.owner_roles,
    isNameTaken: row.is_name_taken,
  };
}
