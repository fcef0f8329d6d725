import { didYouMean } from "./suggest.ts";
import type { Value, ValueType } from "./value.ts";

/** The type behind a name, or why there is none. */
export type NameTypes = (path: readonly string[]) => { readonly type: ValueType } | { readonly problem: string };

/** The value behind a name; `undefined` when it has none here. */
export type Scope = (path: readonly string[]) => Value | undefined;

/** The names that every template may use, besides its own parameters and variables. */
export const fixedNames = {
  workspace: { id: "string", name: "string", transition: "string", start_count: "number", is_prebuild: "bool" },
  owner: {
    id: "string",
    name: "string",
    full_name: "string",
    email: "string",
    groups: "list(string)",
    ssh_public_key: "string",
  },
  template: { id: "string", name: "string", version: "string" },
} as const satisfies Record<string, Record<string, ValueType>>;

export type NameRoot = "param" | "var" | keyof typeof fixedNames | "access_url";
export const nameRoots: readonly NameRoot[] = ["param", "var", "workspace", "owner", "template", "access_url"];

export interface DeclaredNames {
  readonly parameters: ReadonlyMap<string, ValueType>;
  readonly variables: ReadonlyMap<string, ValueType>;
}

/** Looks names up among the fixed and the declared ones; `allowed` says which may stand in this place. */
export function nameTypes(declared: DeclaredNames, allowed: readonly NameRoot[] = nameRoots): NameTypes {
  return (path) => {
    const [written = "", ...rest] = path;
    const root = nameRoots.find((candidate) => candidate === written);
    if (root === undefined) {
      const shell = rest.length === 0 ? ` For a shell's own variable write $\${${written}}.` : "";
      return {
        problem: `"${written}" is not known; names begin with ${orList(allowed)}.${didYouMean(written, allowed)}${shell}`,
      };
    }
    if (!allowed.includes(root)) {
      return { problem: `"${path.join(".")}" cannot be used here; only ${orList(allowed)} can.` };
    }
    if (root === "access_url") {
      return rest.length === 0 ? { type: "string" } : { problem: `"access_url" is a text and has no parts.` };
    }
    const [name, ...more] = rest;
    if (name === undefined) return { problem: `"${root}" alone is no value; name a part of it, as in ${root}.name.` };
    if (more.length > 0) return { problem: `"${root}.${name}" is a value and has no parts ("${more.join(".")}").` };
    const known = typesUnder(root, declared);
    const type = known.get(name);
    if (type !== undefined) return { type };
    return { problem: `"${root}.${name}" does not exist.${didYouMean(name, known.keys()) || listKnown(root, known)}` };
  };
}

function typesUnder(root: Exclude<NameRoot, "access_url">, declared: DeclaredNames): ReadonlyMap<string, ValueType> {
  if (root === "param") return declared.parameters;
  if (root === "var") return declared.variables;
  return new Map<string, ValueType>(Object.entries(fixedNames[root]));
}

function listKnown(root: string, known: ReadonlyMap<string, unknown>): string {
  if (known.size === 0)
    return root === "param" ? " This template declares no parameters." : " This template declares no variables.";
  return ` There ${known.size === 1 ? "is" : "are"} ${[...known.keys()].slice(0, 20).join(", ")}.`;
}

function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`;
}
