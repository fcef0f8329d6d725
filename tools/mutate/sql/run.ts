import { mkdtemp, readFile, rm } from "node:fs/promises";
import { globSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Outcome } from "../outcome.ts";
import { findSql, type FoundSql, type SqlMutant, type Statement } from "./mutants.ts";
import { EditedTests, type Selection } from "./tests.ts";

/** A test that uses a statement. */
interface Use {
  readonly file: string;
  readonly test: string;
  readonly tookMs: number;
  readonly statements: readonly number[];
}

/**
 * Takes one thing at a time out of the statements of these files and runs the tests that use them, on one core;
 * `onOutcome` hears of each at once.
 */
export async function mutateStatements(
  root: string,
  patterns: readonly string[],
  onOutcome: (outcome: Outcome) => void,
): Promise<Outcome[]> {
  const found = await findAll(root, patterns);
  return await tryMutants(root, found, await findUses(root, found.statements), onOutcome);
}

/** The second half: what the tests say to each mutant, of whose statement it is known which tests use it. */
export async function tryMutants(
  root: string,
  found: FoundSql,
  uses: readonly Use[],
  onOutcome: (outcome: Outcome) => void,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  await using tests = await EditedTests.open(root);
  for (const [statement, mutants] of Map.groupBy(found.mutants, (mutant) => mutant.statement)) {
    const selections: Selection[] = [];
    for (const selection of select(uses.filter(({ statements }) => statements.includes(statement)))) {
      // A test that fails by itself would seem to catch everything.
      if (await tests.pass([], [selection])) selections.push(selection);
      else if (await tests.pass([], [{ file: selection.file }])) selections.push({ file: selection.file });
    }
    for (const mutant of mutants) {
      const survives = selections.length > 0 && (await tests.pass([mutant], selections));
      const fate = selections.length === 0 ? "unreached" : survives ? "survived" : "killed";
      const { file, line, text, by } = mutant;
      const outcome: Outcome = { file, line, text, by, fate };
      outcomes.push(outcome);
      onOutcome(outcome);
    }
  }
  return outcomes;
}

export async function findAll(root: string, patterns: readonly string[]): Promise<FoundSql> {
  const statements: Statement[] = [];
  const mutants: SqlMutant[] = [];
  for (const file of patterns.flatMap((pattern) => globSync(pattern, { cwd: root })).toSorted()) {
    const found = findSql(file, await readFile(join(root, file), "utf8"), statements.length + 1);
    statements.push(...found.statements);
    mutants.push(...found.mutants);
  }
  return { statements, mutants };
}

/** Which tests use which statements: all run once, with a probe in each statement. */
export async function findUses(root: string, statements: readonly Statement[]): Promise<Use[]> {
  const directory = await mkdtemp(join(tmpdir(), "hearth-mutate-"));
  const file = join(directory, "uses");
  process.env["HEARTH_SQL_USES"] = file;
  try {
    await using tests = await EditedTests.open(root, { setupFile: join(import.meta.dirname, "record-use.ts") });
    const probes = statements.flatMap((statement) =>
      statement.probes.map(({ at, text }) => ({ file: statement.file, start: at, end: at, by: text })),
    );
    for (const path of await tests.listFiles()) await tests.pass(probes, [{ file: path }]);
    const lines = (await readFile(file, "utf8")).trim().split("\n");
    return lines.map((line) => JSON.parse(line) as Use); // written by record-use.ts
  } finally {
    delete process.env["HEARTH_SQL_USES"];
    await rm(directory, { recursive: true, force: true });
  }
}

/** The tests by file, the file first whose tests take the least. Pure. */
function select(uses: readonly Use[]): Selection[] {
  const byFile = Object.entries(Object.groupBy(uses, ({ file }) => file)).map(([file, of = []]) => ({
    file,
    names: of.map(({ test }) => test),
    tookMs: of.reduce((sum, { tookMs }) => sum + tookMs, 0),
  }));
  return byFile.toSorted((a, b) => a.tookMs - b.tookMs);
}
