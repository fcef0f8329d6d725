import type { BuildTransition, EngineName, LanguageName, NameValue, ParameterDeclaration } from "@hearth/provisioner";
import type * as api from "@hearth/sdk";
import { BuildError } from "./build-error.ts";
import { mergeTags } from "./job-tags.ts";
import { findEqualPreset, keepParameters, resolveParameters, type PresetValues } from "./parameters/index.ts";

/** What a plan needs to know of a template version. It never changes once the version's import has succeeded. */
export interface VersionFacts {
  readonly id: string;
  readonly templateId: string | null;
  readonly name: string;
  readonly isArchived: boolean;
  readonly language: LanguageName | null;
  readonly engine: EngineName | null;
  /** A claim applies the template again. */
  readonly claimTouchesInfrastructure: boolean;
  readonly importStatus: api.ProvisionerJobStatus;
  readonly fileId: string;
  /** Of its import job. */
  readonly tags: Readonly<Record<string, string>>;
  readonly parameters: readonly ParameterDeclaration[];
  readonly presets: readonly PresetValues[];
}

/** The workspace's latest build. */
export interface PreviousBuild {
  readonly number: number;
  readonly versionId: string;
  readonly jobStatus: api.ProvisionerJobStatus;
  readonly parameters: readonly NameValue[];
}

export interface BuildRequest {
  readonly transition: BuildTransition;
  readonly ownerId: string;
  readonly templateId: string;
  readonly given: readonly NameValue[];
  readonly presetId: string | undefined;
}

export interface BuildPlan {
  readonly transition: BuildTransition;
  readonly number: number;
  readonly versionId: string;
  readonly presetId: string | null;
  readonly parameters: readonly NameValue[];
  /** Those of the parameters whose values hold for this build only, and are kept sealed. */
  readonly secretNames: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly language: LanguageName | null;
  readonly engine: EngineName | null;
  readonly fileId: string;
}

/**
 * What a build is made of. Pure: same facts, same plan.
 *
 * @throws BuildError with every fault of its parameters at once
 * @see spec/builds.md §6.2, steps 4, 5 and 7 to 9
 */
export function planBuild(
  request: BuildRequest,
  version: VersionFacts | undefined,
  previous: PreviousBuild | undefined,
): BuildPlan {
  const usable = usableVersion(request, version);
  assertNotBuilding(previous);
  const preset = presetOf(request, usable);
  const parameters = planParameters(request, usable, previous, preset);
  return {
    transition: request.transition,
    number: (previous?.number ?? 0) + 1,
    versionId: usable.id,
    presetId: (preset ?? findEqualPreset(usable.presets, parameters))?.id ?? null,
    parameters,
    secretNames: usable.parameters.filter(({ ephemeral }) => ephemeral).map(({ name }) => name),
    tags: mergeTags(request.ownerId, usable.tags),
    language: usable.language,
    engine: usable.engine,
    fileId: usable.fileId,
  };
}

/** @throws BuildError when builds cannot be made of the version: unknown, another template's, or its import did not succeed */
export function usableVersion(
  request: Pick<BuildRequest, "templateId">,
  version: VersionFacts | undefined,
): VersionFacts {
  if (version === undefined) throw new BuildError("unknown_version", "template version does not exist");
  if (version.templateId !== request.templateId) {
    throw new BuildError("foreign_version", `The template version "${version.name}" belongs to another template.`);
  }
  switch (version.importStatus) {
    case "succeeded":
      return version;
    case "pending":
    case "running":
      throw new BuildError(
        "import_unfinished",
        `The template version "${version.name}" is still being imported: wait for that to end.`,
      );
    case "canceling":
    case "canceled":
      throw new BuildError(
        "import_failed",
        `The import of template version "${version.name}" was canceled: choose another version.`,
      );
    case "failed":
    case "unknown":
      throw new BuildError(
        "import_failed",
        `The import of template version "${version.name}" failed: choose another version.`,
      );
  }
}

/** @throws BuildError `build_active` */
export function assertNotBuilding(previous: Pick<PreviousBuild, "jobStatus"> | undefined): void {
  if (previous === undefined || !["pending", "running", "canceling"].includes(previous.jobStatus)) return;
  throw activeBuildError();
}

/** What a second build at the same time is refused with. */
export function activeBuildError(): BuildError {
  return new BuildError("build_active", "A workspace build is already active.", {
    detail: "Wait until it has ended, or cancel it.",
  });
}

function presetOf({ presetId }: BuildRequest, version: VersionFacts): PresetValues | undefined {
  if (presetId === undefined) return undefined;
  const preset = version.presets.find(({ id }) => id === presetId);
  if (preset !== undefined) return preset;
  throw new BuildError("unknown_preset", `The template version "${version.name}" has no such preset.`, {
    validations: [{ field: "template_version_preset_id", detail: "no preset of this template version" }],
  });
}

function planParameters(
  { transition, given }: BuildRequest,
  version: VersionFacts,
  previous: PreviousBuild | undefined,
  preset: PresetValues | undefined,
): readonly NameValue[] {
  const sources = {
    declared: version.parameters,
    preset: preset?.parameters,
    given,
    previous: previous?.parameters,
  };
  if (transition !== "start") return keepParameters(sources);
  const { values, faults } = resolveParameters(sources);
  if (faults.length === 0) return values;
  throw new BuildError("parameters", "Unable to validate parameters", { validations: faults });
}
