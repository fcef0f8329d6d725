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
} from "../ground/database/index.ts";
import { templateColumns } from "./records.ts";
import {
  answerer,
  sandboxColumns,
  sandboxShape,
  toSandboxFacts,
  type Answerer,
  type SandboxFacts,
} from "./unsandboxed.ts";
import { ownColumns, ownShape, withContent, type VersionWithPools } from "./version-facts.ts";

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

/** Whose a workspace will be, with what its template may say of it. */
export interface OwnerFacts extends Answerer {
  readonly avatarUrl: string;
  readonly fullName: string;
  readonly email: string;
  /** Of the template's organization, by name. */
  readonly groups: readonly string[];
  /** Empty: there is none yet. */
  readonly sshPublicKey: string;
}

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
  readonly owner: OwnerFacts;
  readonly isNameTaken: boolean;
}

interface Wanted {
  readonly templateId: string | undefined;
  readonly versionId: string | undefined;
  readonly ownerId: string;
  readonly name: string;
  readonly nowMs: number;
}

const find = defineStatement({
  name: "workspaces.creation_facts",
  columns: {
    ...ownShape,
    ...sandboxShape,
    template_id: stored("templates.id"),
    organization_id: stored("templates.organization_id"),
    organization_name: stored("organizations.name"),
    has_quotas: stored("organizations.has_quotas"),
    template: computed.json<CreationFacts["template"]>(),
    owner: computed.json<Answerer>(),
    owner_avatar_url: stored("users.avatar_url"),
    owner_full_name: stored("users.name"),
    owner_email: stored("users.email"),
    owner_groups: computed.texts,
    ssh_public_key: orNull(stored("git_ssh_keys.public_key")),
    is_name_taken: computed.boolean,
  },
  samples: [
    { wanted: { templateId: sampleId, versionId: undefined, ownerId: sampleId, name: "mine", nowMs: sampleMs } },
    { wanted: { templateId: undefined, versionId: sampleId, ownerId: sampleId, name: "mine", nowMs: sampleMs } },
  ],
  build({ wanted }: { wanted: Wanted }) {
    const version =
      wanted.versionId === undefined
        ? sql`v.id = t.active_version_id and t.id = ${wanted.templateId}`
        : sql`v.id = ${wanted.versionId}`;
    return sql`
    select ${ownColumns}, t.id as template_id, t.organization_id, o.name as organization_name, o.has_quotas,
      json_build_object(${factColumns.json("t")}) as template,
      ${sandboxColumns(wanted.nowMs)}, ${answerer(sql`ow.id`)} as owner, ow.avatar_url as owner_avatar_url,
      ow.name as owner_full_name, ow.email as owner_email, k.public_key as ssh_public_key,
      array(select g.name from user_groups m join groups g on g.id = m.group_id
        where m.user_id = ow.id and m.organization_id = t.organization_id order by g.name) as owner_groups,
      exists (select from workspaces w where w.owner_id = ${wanted.ownerId} and lower(w.name) = lower(${wanted.name})
        and not w.deleted) as is_name_taken
    from templates t
    join template_versions v on v.template_id = t.id
    join provisioner_jobs ij on ij.id = v.job_id
    join organizations o on o.id = t.organization_id
    join users ow on ow.id = ${wanted.ownerId}
    left join git_ssh_keys k on k.user_id = ow.id
    where ${version}`;
  },
});

/**
 * Reads them in one statement, because a claim is meant to take a handful; what a version holds, which never changes, is
 * read with its first workspace. Undefined when there is no such template, or no such version with a template. Deleted
 * templates are found.
 */
export async function findCreationFacts(db: Db, wanted: Wanted): Promise<CreationFacts | undefined> {
  const row = await find.first(db, { wanted });
  if (row === undefined) return undefined;
  return {
    version: await withContent(db, row),
    templateId: row.template_id,
    organizationId: row.organization_id,
    organizationName: row.organization_name,
    hasQuotas: row.has_quotas,
    template: row.template,
    sandbox: toSandboxFacts(row),
    owner: {
      ...row.owner,
      avatarUrl: row.owner_avatar_url,
      fullName: row.owner_full_name,
      email: row.owner_email,
      groups: row.owner_groups,
      sshPublicKey: row.ssh_public_key ?? "",
    },
    isNameTaken: row.is_name_taken,
  };
}
