/** A path into the manifest: keys and positions in lists. */
export type Path = readonly (string | number)[];

/** Something wrong in a template's file. `line` and `column` count from 1. */
export interface ManifestProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `agents[0].scripts[1].run`; `""` is the file as a whole. */
  readonly path: string;
  /** What is wrong, a sentence. */
  readonly message: string;
  /** What would be right; `""` when the message says it. */
  readonly allowed: string;
}

/** `hearth.yaml:12:5: parameters[0].type: "text" is not allowed. Allowed: string, number, bool.` */
export function formatProblem(problem: ManifestProblem): string {
  const at = `${problem.file}:${problem.line}:${problem.column}: `;
  const path = problem.path === "" ? "" : `${problem.path}: `;
  return at + path + problem.message + (problem.allowed === "" ? "" : ` Allowed: ${problem.allowed}.`);
}

export function formatPath(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    if (!/^[\w-]+$/.test(part)) return `${text}[${JSON.stringify(part)}]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");
}
