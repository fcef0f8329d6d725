import type { PresetDeclaration } from "../protocol.ts";
import type { Path } from "./problem.ts";
import type { Report } from "./report.ts";
import { referencesIn, type Compiled } from "./texts.ts";

/** Names whose value changes when a prebuilt workspace is claimed. */
function changesAtClaim(name: readonly string[]): boolean {
  const [root, part] = name;
  return root === "owner" || (root === "workspace" && (part === "name" || part === "is_prebuild"));
}

/**
 * The parameters whose value reaches what a claim cannot change: the infrastructure, and the tags that choose who
 * builds it. Worked out on the syntax: a mention behind a condition counts. All others are deliverable at claim.
 */
export function infrastructureParameters(workspace: Compiled | undefined, tags: Compiled | undefined): Set<string> {
  const reached = new Set<string>();
  for (const part of [workspace, tags]) {
    for (const { name } of referencesIn(part)) if (name[0] === "param" && name[1] !== undefined) reached.add(name[1]);
  }
  return reached;
}

/** Refuses identity in the infrastructure when a pool is kept: a claim must be able to deliver all of it. */
export function checkReach(
  workspace: Compiled | undefined,
  path: Path,
  presets: readonly PresetDeclaration[],
  report: Report,
): void {
  const pool = presets.find((preset) => preset.prebuilds !== undefined);
  if (!pool) return;
  for (const { name, path: at, textOffset } of referencesIn(workspace, path)) {
    if (!changesAtClaim(name)) continue;
    report.problem(
      at,
      `"${name.join(".")}" may not reach the infrastructure, because the preset "${pool.name}" keeps prebuilt workspaces and a claim could not deliver it.`,
      { allowed: "agents' env, scripts, metadata, apps and directory", textOffset },
    );
  }
}
