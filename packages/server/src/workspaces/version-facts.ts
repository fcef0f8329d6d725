import { sql } from "kysely";
import { Kept } from "@hearth/base";
import {
  allColumns,
  computed,
  defineStatement,
  notNull,
  sampleId,
  stored,
  someColumns,
  type CamelJsonRowOf,
  type Db,
  type Fragment,
  type JsonRowOf,
  type RowOfShape,
  type Tx,
} from "../ground/database/index.ts";
import type { VersionFacts } from "./plan-build.ts";

/** A preset as a plan and a pool know it. */
export interface PresetFacts {
  readonly id: string;
  readonly name: string;
  readonly isDefault: boolean;
  readonly parameters: readonly { name: string; value: string }[];
  /** Undefined: it keeps no pool. */
  readonly desiredInstances: number | undefined;
}

const parameterColumns = allColumns("template_version_parameters", { except: ["template_version_id"] });

const presetColumns = someColumns("template_version_presets", ["id", "name", "is_default", "desired_instances"]);
const presetParameterColumns = someColumns("template_version_preset_parameters", ["name", "value"]);

/** What of a version may change, and what is small beside it. */
export const ownShape = {
  version_id: stored("template_versions.id"),
  version_template_id: stored("template_versions.template_id"),
  version_name: stored("template_versions.name"),
  version_archived: stored("template_versions.archived"),
  version_language: stored("template_versions.language"),
  version_engine: stored("template_versions.engine"),
  version_claim_touches: stored("template_versions.claim_touches_infrastructure"),
  import_status: notNull(stored("provisioner_jobs.job_status")),
  import_file_id: stored("provisioner_jobs.file_id"),
  import_tags: stored("provisioner_jobs.tags"),
} as const;

const contentShape = {
  parameters: computed.json<CamelJsonRowOf<typeof parameterColumns>[]>(),
  presets:
    computed.json<
      (CamelJsonRowOf<typeof presetColumns> & { parameters: JsonRowOf<typeof presetParameterColumns>[] })[]
    >(),
} as const;
type ContentRecord = RowOfShape<typeof contentShape>;

/** The columns of {@link ownShape} for `template_versions v join provisioner_jobs ij on ij.id = v.job_id`. */
export const ownColumns: Fragment = sql`
  v.id as version_id, v.template_id as version_template_id, v.name as version_name, v.archived as version_archived,
  v.language as version_language, v.engine as version_engine, v.claim_touches_infrastructure as version_claim_touches, ij.job_status as import_status, ij.file_id as import_file_id, ij.tags as import_tags`;

const contentColumns: Fragment = sql`
  (select coalesce(json_agg(json_build_object(${parameterColumns.camelJson("p")}) order by p.display_order, p.name), '[]')
    from template_version_parameters p where p.template_version_id = v.id) as parameters,
  (select coalesce(json_agg(json_build_object(${presetColumns.camelJson("s")}, 'parameters',
      (select coalesce(json_agg(json_build_object(${presetParameterColumns.json("x")}) order by x.name), '[]')
        from template_version_preset_parameters x where x.preset_id = s.id)) order by s.name), '[]')
    from template_version_presets s where s.template_version_id = v.id) as presets`;

/** Facts with presets as pools know them. */
export type VersionWithPools = Omit<VersionFacts, "presets"> & { readonly presets: readonly PresetFacts[] };

/** What an import found in a version. It never changes once the import has succeeded. */
type VersionContent = Pick<VersionWithPools, "parameters" | "presets">;

function toVersionFacts(row: RowOfShape<typeof ownShape>, content: VersionContent): VersionWithPools {
  return {
    id: row.version_id,
    templateId: row.version_template_id,
    name: row.version_name,
    isArchived: row.version_archived,
    language: row.version_language,
    engine: row.version_engine,
    claimTouchesInfrastructure: row.version_claim_touches,
    importStatus: row.import_status,
    fileId: row.import_file_id,
    tags: row.import_tags,
    ...content,
  };
}

function toContent(row: ContentRecord): VersionContent {
  return {
    // JSON has null where the declaration has undefined.
    parameters: row.parameters.map((parameter) => ({
      ...parameter,
      validationMin: parameter.validationMin ?? undefined,
      validationMax: parameter.validationMax ?? undefined,
    })),
    presets: row.presets.map((preset) => ({ ...preset, desiredInstances: preset.desiredInstances ?? undefined })),
  };
}

const find = defineStatement({
  name: "workspaces.version_facts",
  columns: { ...ownShape, ...contentShape },
  samples: [{ versionId: sampleId }],
  build: ({ versionId }: { versionId: string }) => sql`
    select ${ownColumns}, ${contentColumns} from template_versions v join provisioner_jobs ij on ij.id = v.job_id
    where v.id = ${versionId}`,
});

/** The version of this id, whatever became of its import. */
export async function findVersionFacts(db: Db | Tx, versionId: string): Promise<VersionWithPools | undefined> {
  const row = await find.first(db, { versionId });
  return row === undefined ? undefined : toVersionFacts(row, toContent(row));
}

const findContent = defineStatement({
  name: "workspaces.version_content",
  columns: contentShape,
  samples: [{ versionId: sampleId }],
  build: ({ versionId }: { versionId: string }) => sql`
    select ${contentColumns} from template_versions v where v.id = ${versionId}`,
});

/** Versions whose workspaces are made now are few, and mostly some kilobytes. */
const mostContents = 256;
/** By version id, for each database: what was read once need not be asked again. */
const contents = new WeakMap<Db, Kept<VersionContent>>();

/** The whole of a version of which the rest is read. Once its import has succeeded, this asks the database once. */
export async function withContent(db: Db, row: RowOfShape<typeof ownShape>): Promise<VersionWithPools> {
  const read = async () => {
    const content = await findContent.first(db, { versionId: row.version_id });
    return content === undefined ? { parameters: [], presets: [] } : toContent(content);
  };
  if (row.import_status !== "succeeded") return toVersionFacts(row, await read());
  const kept = contents.get(db) ?? new Kept<VersionContent>(mostContents);
  contents.set(db, kept);
  return toVersionFacts(row, await kept.get(row.version_id, read));
}
