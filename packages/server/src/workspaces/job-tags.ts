import { BuildError } from "./build-error.ts";

type Tags = Readonly<Record<string, string>>;

/**
 * The tags of a job, from sets of which later ones win; an empty value overrides nothing. `scope` is `organization`
 * unless it is `user`, and then the job is `ownerId`'s. Pure. @throws BuildError @see spec/builds.md §8.3
 */
export function mergeTags(ownerId: string, ...sets: readonly Tags[]): Record<string, string> {
  const merged: Record<string, string> = {};
  for (const [name, value] of sets.flatMap((set) => Object.entries(set))) {
    if (name.includes("\0") || value.includes("\0")) {
      throw new BuildError("tags", `The provisioner tag "${name.replaceAll("\0", "\\0")}" holds a NUL byte.`);
    }
    if (value !== "" || merged[name] === undefined) merged[name] = value;
  }
  const scope = merged["scope"] === "user" ? "user" : "organization";
  return { ...merged, scope, owner: scope === "user" ? ownerId : "" };
}
