/** Who answers for a workspace that shares its host without a sandbox. */
export interface UnsandboxedFacts {
  /** `HEARTH_ALLOW_UNSANDBOXED=1`: the operator trusts everybody. */
  readonly isAllowedForAll: boolean;
  /** Whether the workspace belongs to no human yet. */
  readonly isPrebuild: boolean;
  /** Site roles of the workspace's owner. */
  readonly ownerRoles: readonly string[];
  /** Site roles of the template's author. */
  readonly authorRoles: readonly string[];
}

/**
 * Whether a workspace may run without a sandbox, where its processes can reach everything on the host: only owners may,
 * who can do that anyway.
 *
 * A pool's workspaces run what the template says and nobody else's words, so they have the rights of its author. When one
 * of them is claimed its new owner's rights count: whoever may not run unsandboxed is not given one that does and gets a
 * fresh build, which then fails with the engine's reason. Pure. @see spec/native-templates.md, "The process engine"
 */
export function mayRunUnsandboxed(facts: UnsandboxedFacts): boolean {
  if (facts.isAllowedForAll) return true;
  return (facts.isPrebuild ? facts.authorRoles : facts.ownerRoles).includes("owner");
}

/** How an engine marks, in its resource's metadata, a workspace that runs without a sandbox. */
export const unsandboxedMark = { key: "sandbox", value: "none" } as const;
