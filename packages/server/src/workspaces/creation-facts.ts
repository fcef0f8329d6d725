import { sql } from "kysely";
import { someColumns, type Db, type JsonRowOf, type Tx } from "../ground/database/index.ts";
import { templateColumns } from "./records.ts";
import {
  answerer,
  sandboxColumns,
  toSandboxFacts,
  type Answerer,
  type SandboxFacts,
  type SandboxRecord,
} from "./unsandboxed.ts";
import { toVersionFacts, versionColumns, type VersionRecord, type VersionWithPools } from "./version-facts.ts";

const factColumns = someColumns("templates", [
  ...templateColumns.names,
  "deleted",
  "deprecated",
  "allow_user_autostart",
  "allow_user_autostop",
  "autostart_block_days_of_week",
  "default_ttl",
  "user_acl",
  "group_acl",
]);

/** All that the creation of a workspace depends on. */
export interface CreationFacts {
  readonly version: VersionWithPools;
  readonly templateId: string;
  readonly organizationId: string;
  readonly organizationName: string;
  /** Whether what workspaces cost is limited there. */
  readonly hasQuotas: boolean;
  /** `default_ttl` in nanoseconds, 0 = none. */
  readonly template: JsonRowOf<typeof factColumns>;
  readonly sandbox: SandboxFacts;
  /** Whose the workspace will be. */
  readonly owner: Answerer;
  readonly isNameTaken: boolean;
}

interface Row extends VersionRecord, SandboxRecord {
  template_id: string;
  organization_id: string;
  organization_name: string;
  has_quotas: boolean;
  template: CreationFacts["template"];
  owner: Answerer;
  is_name_taken: boolean;
}

/**
 * Reads them in one statement, because a claim is meant to take a handful. Undefined when there is no such template, or
 * no such version with a template. Deleted templates are found.
 */
export async function findCreationFacts(
  db: Db | Tx,
  wanted: {
    templateId: string | undefined;
    versionId: string | undefined;
    ownerId: string;
    name: string;
    nowMs: number;
  },
): Promise<CreationFacts | undefined> {
  const version =
    wanted.versionId === undefined
      ? sql`v.id = t.active_version_id and t.id = ${wanted.templateId}`
      : sql`v.id = ${wanted.versionId}`;
  const { rows } = await sql<Row>`
    select ${versionColumns}, t.id as template_id, t.organization_id, o.name as organization_name, o.has_quotas,
      json_build_object(${factColumns.json("t")}) as template,
      ${sandboxColumns(wanted.nowMs)}, ${answerer(sql`${wanted.ownerId}::uuid`)} as owner,
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
    hasQuotas: row.has_quotas,
    template: row.template,
    sandbox: toSandboxFacts(row),
    owner: row.owner,
    isNameTaken: row.is_name_taken,
  };
}
