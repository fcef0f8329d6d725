import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { cacheOf, hashOf, readOrNothing, writeWhole } from "../kept.ts";
import type { Statement } from "./mutants.ts";
import { EditedTests } from "./tests.ts";

/** A test that uses statements. */
export interface Use {
  /** Of the repository's root. */
  readonly file: string;
  readonly test: string;
  readonly tookMs: number;
  readonly statements: readonly string[];
}

/** What a test file was seen to use, and which texts it was that were seen. */
interface Seen {
  readonly hash: string;
  readonly sources: Readonly<Record<string, string>>;
  readonly uses: readonly Use[];
}

/**
 * Which tests use which statements: each test file runs once, with a probe in each statement. What was seen earlier is
 * believed of a test file that has not changed, as long as the sources that it was seen to use have not either;
 * `isFresh`: never.
 */
export async function findUses(
  root: string,
  statements: readonly Statement[],
  { isFresh }: { isFresh: boolean },
): Promise<Use[]> {
  const kept = join(cacheOf(root), "uses.json");
  const text = isFresh ? "" : await readOrNothing(kept);
  const seen = text === "" ? {} : (JSON.parse(text) as Record<string, Seen>); // written below
  const sources = await hashesOf(
    root,
    statements.map(({ file }) => file),
  );
  const probes = statements.flatMap((statement) =>
    statement.probes.map(({ at, text: by }) => ({ file: statement.file, start: at, end: at, by })),
  );
  await using notes = await Notes.open();
  await using tests = await EditedTests.open(root, { setupFile: join(import.meta.dirname, "record-use.ts") });
  const files = (await tests.listFiles()).map((path) => relative(root, path));
  const hashes = await hashesOf(root, files);
  for (const file of files) {
    const hash = hashes[file] ?? "";
    const before = seen[file]?.hash === hash ? seen[file] : undefined;
    if (before !== undefined && !isOutdated(before, sources)) continue;
    const isWhole = await tests.pass(probes, { file: join(root, file) });
    const uses = (await notes.take()).map((use) => ({ ...use, file }));
    seen[file] = {
      hash,
      // What failed on its way may use more than was seen: it is looked at again.
      sources: isWhole ? { ...before?.sources, ...sources } : {},
      uses: [...usesOfOthers(before?.uses ?? [], sources), ...uses],
    };
    await writeWhole(kept, JSON.stringify(seen));
  }
  return files.flatMap((file) => seen[file]?.uses ?? []);
}

/** What is left of the uses without those of these sources, which were looked for anew. Pure. */
export function usesOfOthers(uses: readonly Use[], sources: Readonly<Record<string, string>>): Use[] {
  return uses
    .map((use) => ({ ...use, statements: use.statements.filter((id) => !(fileOf(id) in sources)) }))
    .filter(({ statements }) => statements.length > 0);
}

/** Whether one of these sources is not known, or was used in another text. Pure. */
export function isOutdated(seen: Pick<Seen, "sources" | "uses">, now: Readonly<Record<string, string>>): boolean {
  const used = new Set(seen.uses.flatMap(({ statements }) => statements.map(fileOf)));
  return Object.entries(now).some(([file, hash]) => {
    const before = seen.sources[file];
    return before === undefined || (before !== hash && used.has(file));
  });
}

/** Of the statement's id. */
function fileOf(id: string): string {
  return id.slice(0, id.indexOf("#"));
}

async function hashesOf(root: string, files: readonly string[]): Promise<Record<string, string>> {
  const entries = [...new Set(files)].map(async (file) => [file, await hashOf(root, file)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** Where the tests' process writes down what it sees. */
class Notes implements AsyncDisposable {
  readonly #directory: string;
  #read = 0;

  private constructor(directory: string) {
    this.#directory = directory;
    process.env["HEARTH_SQL_USES"] = this.#path;
  }

  static async open(): Promise<Notes> {
    return new Notes(await mkdtemp(join(tmpdir(), "hearth-mutate-")));
  }

  /** What was written since the last time. */
  async take(): Promise<Use[]> {
    const lines = (await readOrNothing(this.#path)).split("\n").filter((line) => line !== "");
    const fresh = lines.slice(this.#read);
    this.#read = lines.length;
    return fresh.map((line) => JSON.parse(line) as Use); // written by record-use.ts
  }

  get #path(): string {
    return join(this.#directory, "uses");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    delete process.env["HEARTH_SQL_USES"];
    await rm(this.#directory, { recursive: true, force: true });
  }
}
