import { Patterns } from "@hearth/sdk/parameter-value";
import type { ManifestDocument } from "./document.ts";
import type { ManifestProblem, Path } from "./problem.ts";

/** What the rules beyond the schema find. Problems refuse the template, warnings do not. */
export interface Report {
  readonly problems: ManifestProblem[];
  readonly warnings: ManifestProblem[];
  /** Those of the parameters, compiled once and held to one limit. */
  readonly patterns: Patterns;
  problem(path: Path, message: string, options?: { allowed?: string; at?: "key"; textOffset?: number }): void;
  warn(path: Path, message: string, options?: { at?: "key" }): void;
}

export function newReport(document: ManifestDocument): Report {
  const problems: ManifestProblem[] = [];
  const warnings: ManifestProblem[] = [];
  return {
    problems,
    warnings,
    patterns: new Patterns(),
    problem: (path, message, options) => problems.push(document.problem(path, message, options)),
    warn: (path, message, options) => warnings.push(document.problem(path, message, options)),
  };
}

/** Tells each item whose key came before, at the later one. */
export function reportDuplicates<T>(
  items: readonly { readonly index: number; readonly item: T }[],
  keyOf: (item: T) => string,
  tell: (index: number, key: string) => void,
): void {
  const seen = new Set<string>();
  for (const { index, item } of items) {
    const key = keyOf(item);
    if (seen.has(key)) tell(index, key);
    seen.add(key);
  }
}
