import { createHash, type Hash } from "node:crypto";
import { globSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Outcome } from "./outcome.ts";

/** What was found out about one source file. */
export interface FileFinding {
  readonly file: string;
  /** The test files that reach it; of the repository's root, with slashes. */
  readonly tests: readonly string[];
  /** What it took on one core. */
  readonly tookMs: number;
  readonly outcomes: readonly Outcome[];
}

/**
 * Findings of earlier runs, file by file, in a directory that is not committed. One holds as long as nothing has changed
 * of the source, of the tests that reach it or lie beside it, and of the tools: of what else they import, a run that
 * starts afresh knows.
 */
export class KeptFindings {
  readonly #root: string;
  readonly #half: "decisions" | "sql";
  readonly #isFresh: boolean;

  /** `isFresh`: nothing that was kept is believed. */
  constructor(root: string, half: "decisions" | "sql", { isFresh = false }: { isFresh?: boolean } = {}) {
    this.#root = root;
    this.#half = half;
    this.#isFresh = isFresh;
  }

  /** Undefined: it is to be found out, for the first time or again. */
  async find(file: string): Promise<FileFinding | undefined> {
    if (this.#isFresh) return undefined;
    const text = await readOrNothing(this.#pathOf(file));
    if (text === "") return undefined;
    const { key, ...finding } = JSON.parse(text) as FileFinding & { key: string }; // written below
    return key === (await this.#keyOf(file, finding.tests)) ? finding : undefined;
  }

  async keep(finding: FileFinding): Promise<void> {
    const { file, tests } = finding;
    await writeWhole(this.#pathOf(file), JSON.stringify({ key: await this.#keyOf(file, tests), ...finding }));
  }

  #pathOf(file: string): string {
    return join(cacheOf(this.#root), this.#half, `${file.replaceAll("/", "+")}.json`);
  }

  async #keyOf(file: string, tests: readonly string[]): Promise<string> {
    const ending = this.#half === "sql" ? "db.test.ts" : "test.ts";
    const beside = globSync(join(dirname(file), `*.${ending}`), { cwd: this.#root });
    const hash = createHash("sha256");
    const tools = globSync(
      ["tools/mutate/*.json", "tools/mutate/{outcome,end-on-failure}.ts", `tools/mutate/${this.#half}/**/*.ts`],
      {
        cwd: this.#root,
      },
    );
    for (const path of [...tools.toSorted(), file, ...new Set([...tests, ...beside].toSorted())]) {
      await add(hash, this.#root, path);
    }
    return hash.digest("hex");
  }
}

/** Where findings are kept. */
export function cacheOf(root: string): string {
  return join(root, ".cache/mutate");
}

/** Of the file's text; what is not there is as if it were empty. */
export async function hashOf(root: string, path: string): Promise<string> {
  const hash = createHash("sha256");
  await add(hash, root, path);
  return hash.digest("hex");
}

async function add(hash: Hash, root: string, path: string): Promise<void> {
  hash.update(`${path}\0${await readOrNothing(join(root, path))}\0`);
}

export async function readOrNothing(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}

/** A run that is killed meanwhile leaves what was there. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.half`, text);
  await rename(`${path}.half`, path);
}
