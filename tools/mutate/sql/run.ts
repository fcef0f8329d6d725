import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { FileFinding, KeptFindings } from "../kept.ts";
import type { Outcome } from "../outcome.ts";
import { findSql, type FoundSql, type SqlMutant } from "./mutants.ts";
import { EditedTests, type Selection } from "./tests.ts";
import { findUses, type Use } from "./uses.ts";

/** A statement that only a far test holds is not held: that many files, the nearest and quickest, are asked. */
const mostTestFiles = 8;

/**
 * Takes one thing at a time out of the statements of these files and runs the tests that use them, on one core.
 * `onOutcome` hears of each at once; what is kept of earlier runs is not tried again.
 */
export async function mutateStatements(
  root: string,
  { patterns, kept, isFresh }: { patterns: readonly string[]; kept: KeptFindings; isFresh: boolean },
  onOutcome: (outcome: Outcome) => void,
): Promise<FileFinding[]> {
  const findings: FileFinding[] = [];
  const open = new Map<string, FoundSql & { source: string }>();
  for (const file of new Set(patterns.flatMap((pattern) => globSync(pattern, { cwd: root })).toSorted())) {
    const finding = await kept.find(file);
    if (finding !== undefined) {
      findings.push(finding);
      continue;
    }
    const source = await readFile(join(root, file), "utf8");
    open.set(file, { source, ...findSql(file, source) });
  }
  if (open.size === 0) return findings;
  const startedMs = performance.now();
  const uses = await findUses(
    root,
    [...open.values()].flatMap(({ statements }) => statements),
    { isFresh },
  );
  const searchMs = (performance.now() - startedMs) / open.size;
  await using tests = await EditedTests.open(root);
  for (const [file, { source, mutants }] of open) {
    const fromMs = performance.now();
    const ofFile = await new MutantTrial(root, tests, uses).tryEach(mutants, onOutcome);
    const finding = { file, ...ofFile, tookMs: searchMs + performance.now() - fromMs };
    if ((await readFile(join(root, file), "utf8")) !== source) throw new Error(`${file} changed while it was tried.`);
    await kept.keep(finding);
    findings.push(finding);
  }
  return findings;
}

/** What the tests say to the mutants of one file. */
class MutantTrial {
  readonly #root: string;
  readonly #tests: EditedTests;
  readonly #uses: readonly Use[];
  /** Selections that pass where nothing is changed. */
  readonly #sound = new Map<string, Promise<boolean>>();

  constructor(root: string, tests: EditedTests, uses: readonly Use[]) {
    this.#root = root;
    this.#tests = tests;
    this.#uses = uses;
  }

  async tryEach(
    mutants: readonly SqlMutant[],
    onOutcome: (outcome: Outcome) => void,
  ): Promise<Pick<FileFinding, "tests" | "outcomes">> {
    const outcomes: Outcome[] = [];
    const asked = new Set<string>();
    for (const mutant of mutants) {
      const uses = this.#uses.filter(({ statements }) => statements.includes(mutant.statement));
      const selections = select(uses, mutant.file).slice(0, mostTestFiles);
      for (const { file } of selections) asked.add(file);
      const { file, line, text, by } = mutant;
      const outcome: Outcome = { file, line, text, by, fate: await fateOf(selections, this.#asked(mutant)) };
      outcomes.push(outcome);
      onOutcome(outcome);
    }
    return { tests: [...asked].toSorted(), outcomes };
  }

  #asked(mutant: SqlMutant): Asked {
    const inRoot = (selection: Selection) => ({ ...selection, file: join(this.#root, selection.file) });
    return {
      pass: async (selection) => await this.#tests.pass([mutant], inRoot(selection)),
      isSound: async (selection) => await this.#isSound(inRoot(selection)),
    };
  }

  /** Whether these pass by themselves: a test that always fails would seem to catch everything. */
  #isSound(selection: Selection): Promise<boolean> {
    const key = JSON.stringify(selection);
    const known = this.#sound.get(key) ?? this.#tests.pass([], selection);
    this.#sound.set(key, known);
    return known;
  }
}

/** What is asked of tests about a change. */
interface Asked {
  /** Whether all of these pass with it. */
  readonly pass: (selection: Selection) => Promise<boolean>;
  /** Whether they do without it. */
  readonly isSound: (selection: Selection) => Promise<boolean>;
}

/** What these tests say to a change. Those that fail without it as well say nothing, whatever the others do. */
export async function fateOf(selections: readonly Selection[], { pass, isSound }: Asked): Promise<Outcome["fate"]> {
  let isReached = false;
  for (const some of selections) {
    // Tests that were picked out of a file may need those before them.
    for (const selection of [some, { file: some.file }]) {
      if (await pass(selection)) {
        isReached = true;
        break;
      }
      if (await isSound(selection)) return "killed";
    }
  }
  return isReached ? "survived" : "unreached";
}

/** The tests by file: the source's own first, then those beside it, then those that take the least. Pure. */
export function select(uses: readonly Use[], source: string): Selection[] {
  const own = source.replace(/\.ts$/, ".");
  const byFile = Object.entries(Object.groupBy(uses, ({ file }) => file)).map(([file, of = []]) => ({
    file,
    names: of.map(({ test }) => test),
    nearness: file.startsWith(own) ? 2 : Number(dirname(file) === dirname(source)),
    tookMs: of.reduce((sum, { tookMs }) => sum + tookMs, 0),
  }));
  return byFile
    .toSorted((a, b) => b.nearness - a.nearness || a.tookMs - b.tookMs)
    .map(({ file, names }) => ({ file, names }));
}
