import { sql } from "kysely";
import { ApiError } from "@hearth/sdk";
import {
  computed,
  defineQuery,
  defineStatement,
  sampleId,
  someColumns,
  violatedUnique,
  type Db,
  type JsonRowOf,
  type Tx,
} from "../ground/database/index.ts";
import type { ParameterRow, Preset, TemplateRow, TemplateVersionRow, VariableRow } from "./rows.ts";

/** Deleted ones are found too; look at `deleted`. */
export async function findTemplate(db: Db | Tx, id: string): Promise<TemplateRow | undefined> {
  return await db.selectFrom("templates").selectAll().where("id", "=", id).executeTakeFirst();
}

/** Whether there ever was a template. */
export async function hasTemplates(db: Db): Promise<boolean> {
  return (await db.selectFrom("templates").select("id").limit(1).executeTakeFirst()) !== undefined;
}

/** By name, in any letter case; never a deleted one. */
export async function findTemplateByName(
  db: Db | Tx,
  organizationId: string,
  name: string,
): Promise<TemplateRow | undefined> {
  return await db
    .selectFrom("templates")
    .selectAll()
    .where("organization_id", "=", organizationId)
    .where((eb) => eb(eb.fn<string>("lower", ["name"]), "=", name.toLowerCase()))
    .where((eb) => eb.not("deleted"))
    .executeTakeFirst();
}

export async function findTemplateVersion(db: Db | Tx, id: string): Promise<TemplateVersionRow | undefined> {
  return await db.selectFrom("template_versions").selectAll().where("id", "=", id).executeTakeFirst();
}

/** A version with the access lists of its template; null where it has none. */
export type ListedVersion = TemplateVersionRow & {
  readonly user_acl: TemplateRow["user_acl"] | null;
  readonly group_acl: TemplateRow["group_acl"] | null;
};

export async function findListedVersion(db: Db | Tx, id: string): Promise<ListedVersion | undefined> {
  return await db
    .selectFrom("template_versions as v")
    .leftJoin("templates as t", "t.id", "v.template_id")
    .selectAll("v")
    .select(["t.user_acl", "t.group_acl"])
    .where("v.id", "=", id)
    .executeTakeFirst();
}

export async function findVersionByName(
  db: Db | Tx,
  templateId: string,
  name: string,
): Promise<TemplateVersionRow | undefined> {
  return await db
    .selectFrom("template_versions")
    .selectAll()
    .where("template_id", "=", templateId)
    .where((eb) => eb(eb.fn<string>("lower", ["name"]), "=", name.toLowerCase()))
    .executeTakeFirst();
}

/** The version of the same template that was made just before this one. */
export async function findPreviousVersion(
  db: Db,
  version: TemplateVersionRow,
): Promise<TemplateVersionRow | undefined> {
  return await db
    .selectFrom("template_versions")
    .selectAll()
    .where("template_id", "=", version.template_id)
    .where((where) =>
      where.or([
        where("created_at", "<", version.created_at),
        where.and([where("created_at", "=", version.created_at), where("id", "<", version.id)]),
      ]),
    )
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .executeTakeFirst();
}

export interface VersionPage {
  readonly includeArchived: boolean;
  readonly afterId?: string | undefined;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

const findVersions = defineQuery({
  name: "templates.list_versions",
  samples: [
    { templateId: sampleId, page: { includeArchived: true } },
    { templateId: sampleId, page: { includeArchived: false, afterId: sampleId, limit: 25, offset: 25 } },
  ],
  build(db, { templateId, page }: { templateId: string; page: VersionPage }) {
    let query = db
      .selectFrom("template_versions")
      .selectAll()
      .where("template_id", "=", templateId)
      .orderBy("created_at")
      .orderBy("id")
      .offset(page.offset ?? 0);
    if (!page.includeArchived) query = query.where((eb) => eb.not("archived"));
    const { afterId } = page;
    if (afterId !== undefined) {
      query = query.where((eb) => {
        const last = eb
          .selectFrom("template_versions as a")
          .select(["a.created_at", "a.id"])
          .where("a.id", "=", afterId);
        return eb(eb.refTuple("created_at", "id"), ">", last.$asTuple("created_at", "id"));
      });
    }
    if (page.limit !== undefined && page.limit > 0) query = query.limit(page.limit);
    return query;
  },
});

/** Oldest first. */
export async function listVersions(db: Db, templateId: string, page: VersionPage): Promise<TemplateVersionRow[]> {
  return await findVersions(db, { templateId, page }).execute();
}

/** In the order in which forms show them. */
export async function listVersionParameters(db: Db | Tx, versionId: string): Promise<ParameterRow[]> {
  return await db
    .selectFrom("template_version_parameters")
    .selectAll()
    .where("template_version_id", "=", versionId)
    .orderBy("display_order")
    .orderBy("name")
    .execute();
}

export async function listVersionVariables(db: Db | Tx, versionId: string): Promise<VariableRow[]> {
  return await db
    .selectFrom("template_version_variables")
    .selectAll()
    .where("template_version_id", "=", versionId)
    .orderBy("name")
    .execute();
}

const presetColumns = someColumns("template_version_presets", [
  "id",
  "name",
  "description",
  "icon",
  "is_default",
  "desired_instances",
]);

const presetParameterColumns = someColumns("template_version_preset_parameters", ["name", "value"]);

const findPresets = defineStatement({
  name: "templates.list_presets",
  columns: {
    ...presetColumns.shape,
    parameters: computed.json<JsonRowOf<typeof presetParameterColumns>[]>(),
  },
  samples: [{ versionId: sampleId }],
  build: ({ versionId }: { versionId: string }) => sql`
    select ${presetColumns.of("p")},
      coalesce((select jsonb_agg(jsonb_build_object(${presetParameterColumns.json("v")}) order by v.name)
        from template_version_preset_parameters v where v.preset_id = p.id), '[]') as parameters
    from template_version_presets p where p.template_version_id = ${versionId} order by p.name`,
});

/** Presets of a version by name, each with its own values. One statement. */
export async function listPresets(db: Db | Tx, versionId: string): Promise<Preset[]> {
  const rows = await findPresets.all(db, { versionId });
  return rows.map((row) => ({
    id: row.id,
    templateVersionId: versionId,
    name: row.name,
    description: row.description,
    icon: row.icon,
    isDefault: row.is_default,
    desiredInstances: row.desired_instances ?? undefined,
    parameters: row.parameters,
  }));
}

/** What a unique index of templates and versions says, in words; any other error as it is. */
export function asNameTaken(error: unknown, name: string): unknown {
  const constraint = violatedUnique(error);
  const validations = [{ field: "name", detail: "This value is already in use and should be unique." }];
  if (constraint === "templates_organization_id_name_key") {
    return new ApiError("name_taken", `Template with name "${name}" already exists.`, { cause: error, validations });
  }
  if (constraint === "template_versions_template_id_name_key") {
    return new ApiError("name_taken", `A template version with name "${name}" already exists for this template.`, {
      cause: error,
      validations,
    });
  }
  return error;
}
