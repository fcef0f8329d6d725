import {
  checkText,
  constantText,
  evaluateText,
  EvaluationError,
  nameTypes,
  parseTemplateText,
  textReferences,
  type DeclaredNames,
  type NameRoot,
  type Scope,
  type TemplateText,
  type Value,
} from "../expressions/index.ts";
import type { ManifestDocument } from "./document.ts";
import type { ManifestProblem, Path } from "./problem.ts";
import type { Report } from "./report.ts";

/** A text of the manifest that is filled in anew for each build. */
export class FilledText {
  readonly text: TemplateText;

  constructor(text: TemplateText) {
    this.text = text;
  }
}

/** Plain data in which some texts wait to be filled in. */
export type Compiled =
  | FilledText
  | string
  | number
  | boolean
  | null
  | readonly Compiled[]
  | { readonly [key: string]: Compiled };

/** `Array.isArray` takes a read-only list for no list, and its elements for anything. */
function isList(compiled: Compiled | undefined): compiled is readonly Compiled[] {
  return Array.isArray(compiled);
}

/**
 * Reads all texts below `path`, reporting what is wrong in each. `declared` may be incomplete when the file has other
 * faults; then names are not looked up, so that one mistake is not told twice.
 */
export function compileTexts(
  data: unknown,
  path: Path,
  names: { declared: DeclaredNames; isComplete: boolean; allowed?: readonly NameRoot[] },
  report: Report,
): Compiled {
  const types = nameTypes(names.declared, names.allowed);
  return compile(data, path);

  function compile(value: unknown, at: Path): Compiled {
    if (typeof value === "string") return compileText(value, at);
    if (Array.isArray(value)) return value.map((element, index) => compile(element, [...at, index]));
    if (typeof value === "object" && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, element]) => [key, compile(element, [...at, key])]));
    }
    return typeof value === "number" || typeof value === "boolean" ? value : null;
  }

  function compileText(value: string, at: Path): Compiled {
    if (!value.includes("$")) return value;
    const { text, problems } = parseTemplateText(value);
    const found = [...problems, ...checkText(text, types)];
    for (const { message, start } of found) {
      if (!names.isComplete && /^"(param|var)\./.test(message)) continue;
      report.problem(at, message, { textOffset: start });
    }
    return constantText(text) ?? new FilledText(text);
  }
}

/** Every name mentioned below, with its place. */
export function* referencesIn(
  compiled: Compiled | undefined,
  path: Path = [],
): Iterable<{ readonly name: readonly string[]; readonly path: Path; readonly textOffset: number }> {
  if (compiled instanceof FilledText) {
    for (const name of textReferences(compiled.text)) yield { name: name.path, path, textOffset: name.start };
  } else if (isList(compiled)) {
    for (const [index, element] of compiled.entries()) yield* referencesIn(element, [...path, index]);
  } else if (typeof compiled === "object" && compiled !== null) {
    for (const [key, element] of Object.entries(compiled)) yield* referencesIn(element, [...path, key]);
  }
}

/** A text that could not be filled in with the inputs of a build, or a value that its field does not take. */
export interface Fault {
  readonly problem: ManifestProblem;
  /** The names that the text mentions: what the value came from. */
  readonly names: readonly (readonly string[])[];
}

/** The data with every text filled in. What has no value adds to `faults` and becomes null. */
export function fillTexts(
  document: ManifestDocument,
  compiled: Compiled,
  path: Path,
  scope: Scope,
  faults: Fault[],
): unknown {
  return fill(compiled, path);

  function fill(value: Compiled, at: Path): unknown {
    if (value instanceof FilledText) return fillText(value, at);
    if (isList(value)) return value.map((element, index) => fill(element, [...at, index]));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, element]) => [key, fill(element, [...at, key])]));
  }

  function fillText({ text }: FilledText, at: Path): Value | null {
    try {
      return evaluateText(text, scope);
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      faults.push({
        problem: document.problem(at, error.problem.message, { textOffset: error.problem.start }),
        names: textReferences(text).map((name) => name.path),
      });
      return null;
    }
  }
}

/** The names that the text at a path mentions; none when nothing is filled in there. */
export function namesAt(compiled: Compiled | undefined, path: Path): readonly (readonly string[])[] {
  let at = compiled;
  for (const part of path) {
    if (at instanceof FilledText || typeof at !== "object" || at === null) break;
    at = (at as Readonly<Record<string | number, Compiled>>)[part]; // an object or a list, both can be indexed so
  }
  return [...referencesIn(at)].map(({ name }) => name);
}
