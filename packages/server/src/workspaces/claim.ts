import type { ParameterDeclaration } from "@hearth/provisioner";
import type { Granted } from "../access/index.ts";
import type { Tx } from "../ground/database/index.ts";
import type { NewWorkspaceObject } from "./access.ts";
import { findBestPreset, resolveParameters } from "./parameters/index.ts";
import type { BuildPlan } from "./plan-build.ts";
import type { WorkspaceRow } from "./records.ts";
import type { PresetFacts, VersionWithPools } from "./version-facts.ts";

/** What a warm workspace must be to be given away, and what it becomes. */
export interface ClaimRequest {
  readonly templateId: string;
  readonly versionId: string;
  readonly presetId: string;
  /** Values that its infrastructure was made with and that no claim can change: it must have exactly these. */
  readonly fixedParameters: Readonly<Record<string, string>>;
  /** Whether its new owner may have one without a sandbox. */
  readonly mayRunUnsandboxed: boolean;
  /** Of one without a sandbox: whether it must be known where it lies. @default false */
  readonly needsDirectory?: boolean | undefined;
  readonly name: string;
  readonly autostartSchedule: string | null;
  readonly nextStartMs: number | undefined;
  /** Nanoseconds. */
  readonly ttl: number | null;
  readonly automaticUpdates: WorkspaceRow["automatic_updates"];
  readonly nowMs: number;
}

/** The same, with whose it becomes. */
export type GivenAway = ClaimRequest & Pick<NewWorkspaceObject, "ownerId">;

/** Gives one ready workspace of a pool away to whom the grant is for, inside the caller's transaction; undefined when none fits. */
export type ClaimPrebuild = (
  tx: Tx,
  granted: Granted<"workspace:create", NewWorkspaceObject>,
  request: ClaimRequest,
) => Promise<{ readonly workspace: WorkspaceRow; readonly latestBuildNumber: number } | undefined>;

export type ClaimDecision =
  | { readonly try: true; readonly preset: PresetFacts; readonly fixedParameters: Readonly<Record<string, string>> }
  /** `why` is undefined where no pool was ever in question. */
  | { readonly try: false; readonly why: string | undefined };

/**
 * Whether a new workspace may come from a pool, and from which: that of the preset that was named, else of the one that
 * the resolved values equal, else of the one with a pool that says most about them and leaves the rest open.
 *
 * Values that the pool's workspaces were built with and that a claim cannot change must be the wanted ones; where they
 * are not, a fresh workspace is built and the reason kept. Where a claim applies the template again only immutable
 * parameters are fixed; everywhere else it is what reaches the infrastructure. Pure.
 * @see spec/prebuilds.md §15.2, §15.5, spec/native-templates.md "Shape"
 */
export function decideClaim(
  version: VersionWithPools,
  plan: BuildPlan,
  request: { presetId: string | undefined; activeVersionId: string },
): ClaimDecision {
  const pools = version.presets.filter((preset) => preset.desiredInstances !== undefined);
  if (version.id !== request.activeVersionId || pools.length === 0) return { try: false, why: undefined };
  const wantedId = request.presetId ?? plan.presetId ?? findBestPreset(pools, plan.parameters)?.id;
  const preset = pools.find(({ id }) => id === wantedId);
  if (preset === undefined) return { try: false, why: undefined };
  const warm = resolveParameters({
    declared: version.parameters,
    preset: preset.parameters,
    given: [],
    previous: undefined,
  });
  const fixed = version.parameters.filter((parameter) => isFixed(parameter, version));
  const wanted = new Map(plan.parameters.map(({ name, value }) => [name, value]));
  const built = new Map(warm.values.map(({ name, value }) => [name, value]));
  const differing = fixed.filter(({ name }) => wanted.get(name) !== built.get(name));
  if (differing.length > 0) {
    const names = differing.map(({ name }) => `"${name}"`).join(", ");
    return {
      try: false,
      why: `parameter ${names} cannot change at a claim, and differs from the pool of preset "${preset.name}"`,
    };
  }
  return {
    try: true,
    preset,
    fixedParameters: Object.fromEntries(fixed.map(({ name }) => [name, built.get(name) ?? ""])),
  };
}

function isFixed(parameter: ParameterDeclaration, version: VersionWithPools): boolean {
  return version.claimTouchesInfrastructure ? !parameter.mutable : !parameter.deliverableAtClaim;
}
