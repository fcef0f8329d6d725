import { sql, type RawBuilder } from "kysely";
import type { LanguageName } from "@hearth/provisioner";
import type * as api from "@hearth/sdk";
import { allColumns, type CamelJsonRowOf, type Db, type Tx } from "../ground/database/index.ts";
import type { JobRow } from "../jobs/index.ts";
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

export interface VersionRecord {
  version_id: string;
  version_template_id: string | null;
  version_name: string;
  version_archived: boolean;
  version_language: LanguageName | null;
  version_engine: api.EngineName | null;
  version_claim_touches: boolean;
  import_status: JobRow["job_status"];
  import_file_id: string;
  import_tags: Record<string, string>;
  parameters: CamelJsonRowOf<typeof parameterColumns>[];
  presets: {
    id: string;
    name: string;
    isDefault: boolean;
    desiredInstances: number | null;
    parameters: { name: string; value: string }[];
  }[];
}

/**
 * The columns of {@link VersionRecord} for `template_versions v join provisioner_jobs ij on ij.id = v.job_id`: all that a
 * plan needs, in one read.
 */
export const versionColumns: RawBuilder<unknown> = sql`
  v.id as version_id, v.template_id as version_template_id, v.name as version_name, v.archived as version_archived,
  v.language as version_language, v.engine as version_engine, v.claim_touches_infrastructure as version_claim_touches, ij.job_status as import_status, ij.file_id as import_file_id, ij.tags as import_tags,
  (select coalesce(json_agg(json_build_object(${parameterColumns.camelJson("p")}) order by p.display_order, p.name), '[]')
    from template_version_parameters p where p.template_version_id = v.id) as parameters,
  (select coalesce(json_agg(json_build_object('id', s.id, 'name', s.name, 'isDefault', s.is_default,
      'desiredInstances', s.desired_instances, 'parameters',
      (select coalesce(json_agg(json_build_object('name', x.name, 'value', x.value) order by x.name), '[]')
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

/** The version of this id, whatever became of its import. */
export async function findVersionFacts(db: Db | Tx, versionId: string): Promise<VersionWithPools | undefined> {
  const { rows } = await sql<VersionRecord>`
    select ${versionColumns} from template_versions v join provisioner_jobs ij on ij.id = v.job_id
    where v.id = ${versionId}`.execute(db);
  return rows[0] === undefined ? undefined : toVersionFacts(rows[0]);
}
