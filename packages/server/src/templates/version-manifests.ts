import { sql } from "kysely";
import { Kept, type Logger } from "@hearth/base";
import { ArchiveError, manifestFile, parseManifest, type ArchiveThreads, type Manifest } from "@hearth/provisioner";
import {
  computed,
  defineStatement,
  orNull,
  sampleId,
  someColumns,
  stored,
  type Db,
  type JsonRowOf,
} from "../ground/database/index.ts";
import { openTexts } from "../identity/index.ts";
import { piecesOf } from "./file-store.ts";
import { placeOfVersionSecrets } from "./version-secrets.ts";

/** A version of a native template, read, with what its author gave its variables. */
export interface VersionManifest {
  readonly manifest: Manifest;
  readonly variables: readonly { readonly name: string; readonly value: string }[];
}

/**
 * The manifest of a native template's version whose import has succeeded. Undefined when it cannot be read any more: its
 * worker says what is wrong with it.
 */
export type ManifestOf = (version: Wanted) => Promise<VersionManifest | undefined>;

interface Wanted {
  readonly id: string;
  /** Of its archive. */
  readonly fileId: string;
}

/** Those that workspaces are made of now. Read, a manifest is a few times its file, which is some kilobytes. */
const mostManifests = 256;

const variableColumns = someColumns("template_version_variables", ["name", "value"]);

const findVariables = defineStatement({
  name: "templates.variables_of_version",
  columns: {
    variables: computed.json<JsonRowOf<typeof variableColumns>[]>(),
    sealed: orNull(stored("template_version_secrets.sealed")),
  },
  samples: [{ versionId: sampleId }],
  build: ({ versionId }: { versionId: string }) => sql`
    select (select coalesce(json_agg(json_build_object(${variableColumns.json("x")}) order by x.name), '[]')
        from template_version_variables x where x.template_version_id = v.id) as variables, s.sealed
    from template_versions v left join template_version_secrets s on s.template_version_id = v.id
    where v.id = ${versionId}`,
});

interface ManifestDeps {
  readonly db: Db;
  readonly log: Logger;
  readonly archives: ArchiveThreads;
  readonly sealKey: Buffer;
}

/** Reads manifests, each once: neither an archive nor the variables of a version ever change. */
export function versionManifests(deps: ManifestDeps): ManifestOf {
  const kept = new Kept<VersionManifest | undefined>(mostManifests);
  return async (version) => await kept.get(version.id, () => read(deps, version));
}

async function read(
  { db, log, archives, sealKey }: ManifestDeps,
  { id, fileId }: Wanted,
): Promise<VersionManifest | undefined> {
  // Whoever asks first reads for all, so this ends with nobody's request; archives have limits of their own.
  const { signal } = new AbortController();
  const row = await findVariables.first(db, { versionId: id });
  try {
    const variables = openTexts(sealKey, placeOfVersionSecrets(id), row?.variables ?? [], row?.sealed);
    const files = await archives.readFiles(piecesOf(db, fileId), { signal });
    const parsed = parseManifest(files.get(manifestFile) ?? new Uint8Array(), variables);
    if (parsed.ok && parsed.missingVariables.length === 0) return { manifest: parsed.manifest, variables };
    log.warn({ versionId: id }, "the manifest of a version cannot be read, its claims are left to workers");
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    log.warn({ err: error, versionId: id }, "the archive of a version cannot be read, its claims are left to workers");
  }
  return undefined;
}
