import { sql } from "kysely";
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

export const versionShape = {
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
  parameters: computed.json<CamelJsonRowOf<typeof parameterColumns>[]>(),
  presets:
    computed.json<
      (CamelJsonRowOf<typeof presetColumns> & { parameters: JsonRowOf<typeof presetParameterColumns>[] })[]
    >(),
} as const;
type VersionRecord = RowOfShape<typeof versionShape>;

/**
 * The columns of {@link versionShape} for `template_versions v join provisioner_jobs ij on ij.id = v.job_id`: all that a
 * plan needs, in one read.
 */
export const versionColumns: Fragment = sql`
  v.id as version_id, v.template_id as version_template_id, v.name as version_name, v.archived as version_archived,
  v.language as version_language, v.engine as version_engine, v.claim_touches_infrastructure as version_claim_touches, ij.job_status as import_status, ij.file_id as import_file_id, ij.tags as import_tags,
  (select coalesce(json_agg(json_build_object(${parameterColumns.camelJson("p")}) order by p.display_order, p.name), '[]')
    from template_version_parameters p where p.template_version_id = v.id) as parameters,
  (select coalesce(json_agg(json_build_object(${presetColumns.camelJson("s")}, 'parameters',
      (select coalesce(json_agg(json_build_object(${presetParameterColumns.json("x")}) order by x.name), '[]')
        from template_version_preset_parameters x where x.preset_id = s.id)) order by s.name), '[]')
    from template_version_presets s where s.template_version_id = v.id) as presets`;

/** Facts with presets as pools know them. */
export type VersionWithPools = Omit<VersionFacts, "presets"> & { readonly presets: readonly PresetFacts[] };

export function toVersionFacts(row: VersionRecord): VersionWithPools {
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
  columns: versionShape,
  samples: [{ versionId: sampleId }],
  build: ({ versionId }: { versionId: string }) => sql`
    select ${versionColumns} from template_versions v join provisioner_jobs ij on ij.id = v.job_id
    where v.id = ${versionId}`,
});

/** The version of this id, whatever became of its import. */
export async function findVersionFacts(db: Db | Tx, versionId: string): Promise<VersionWithPools | undefined> {
  const row = await find.first(db, { versionId });
  return row === undefined ? undefined : toVersionFacts(row);
}
