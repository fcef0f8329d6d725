import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { FileFinding, KeptFindings } from "../kept.ts";
import type { Fate, Outcome } from "../outcome.ts";

/** The part of Stryker's report that is read (mutation-testing-report-schema 3). */
interface Report {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly ReportedMutant[] }>>;
  /** The tests, by file. */
  readonly testFiles?: Readonly<Record<string, { readonly tests: readonly { readonly id: string }[] }>>;
}

interface ReportedMutant {
  readonly replacement?: string;
  readonly status: string;
  readonly location: Readonly<Record<"start" | "end", { readonly line: number; readonly column: number }>>;
  /** Ids of tests. */
  readonly coveredBy?: readonly string[];
}

/**
 * Has Stryker change these files, a folder at a time, and runs the tests that reach each change, on one core. What is kept
 * of earlier runs is not tried again. Installs Stryker on the first call: it is as large as everything else together, and
 * whoever starts Hearth does not need it.
 *
 * @throws AggregateError at the end, when Stryker ended badly of some folder: its tests fail by themselves, say
 */
export async function mutateDecisions(
  root: string,
  { patterns, withDatabase, kept }: Record<"patterns" | "withDatabase", readonly string[]> & { kept: KeptFindings },
): Promise<FileFinding[]> {
  const findings: FileFinding[] = [];
  const open: string[] = [];
  for (const file of new Set(patterns.flatMap((pattern) => globSync(pattern, { cwd: root })).toSorted())) {
    const finding = await kept.find(file);
    if (finding === undefined) open.push(file);
    else findings.push(finding);
  }
  const databaseTests = withDatabase.flatMap((pattern) => globSync(pattern, { cwd: root }));
  const failures: unknown[] = [];
  for (const [folder, files = []] of Object.entries(Object.groupBy(open, (file) => dirname(file)))) {
    const unitTests = globSync(`${folder}/*.test.ts`, { cwd: root }).filter((path) => /^[^.]*\.test\.ts$/.test(path));
    const tests = [...unitTests, ...databaseTests.filter((path) => dirname(path) === folder)];
    try {
      for (const finding of await mutate(root, files, tests)) {
        await kept.keep(finding);
        findings.push(finding);
      }
    } catch (error) {
      failures.push(new Error(`${folder} could not be tried.`, { cause: error }));
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, "Not all decisions could be tried; the others are kept.");
  return findings;
}

/** The tests go by the environment: Stryker hands nothing to the configuration of Vitest that it is given. */
async function mutate(root: string, files: readonly string[], tests: readonly string[]): Promise<FileFinding[]> {
  const home = join(root, "tools/mutate");
  const installed = join(home, "node_modules/@stryker-mutator");
  if (!existsSync(installed)) await run("npm", ["install", "--no-save", "--no-audit", "--no-fund"], home);
  const directory = await mkdtemp(join(tmpdir(), "hearth-mutate-"));
  try {
    const report = join(directory, "report.json");
    const config = join(directory, "stryker.json");
    await writeFile(config, JSON.stringify(settings({ home, directory, report, patterns: files })));
    const startedMs = performance.now();
    const env = { ...process.env, HEARTH_MUTATE_TESTS: JSON.stringify(tests) };
    await run(process.execPath, [join(installed, "core/bin/stryker.js"), "run", config], root, env);
    const tookMs = performance.now() - startedMs;
    return toFindings(JSON.parse(await readFile(report, "utf8")) as Report, tookMs); // written by the reporter that was asked to
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function settings({
  home,
  directory,
  report,
  patterns,
}: Record<"home" | "directory" | "report", string> & {
  patterns: readonly string[];
}): Record<string, unknown> {
  return {
    mutate: patterns,
    testRunner: "vitest",
    plugins: [join(home, "node_modules/@stryker-mutator/vitest-runner/dist/src/index.js")],
    vitest: { configFile: "tools/mutate/decisions/vitest.config.ts", related: false },
    tempDirName: join(directory, "sandbox"),
    concurrency: 1,
    // A process that was given up begins anew with a database of its own, which takes longer than most tests: with a
    // shorter limit everything after the first endless loop would seem to be one, too.
    timeoutMS: 60_000,
    coverageAnalysis: "perTest",
    // Sentences are for people, and words that decide are held by their types, which Stryker does not check.
    mutator: { excludedMutations: ["StringLiteral"] },
    // It cannot read those of TypeScript 7, and need not.
    tsconfigFile: "none",
    reporters: ["progress-append-only", "json"],
    jsonReporter: { fileName: report },
    ignorePatterns: ["/docs", "/bench", "/templates"],
    allowConsoleColors: false,
  };
}

/** Resolves when it ended well. @throws Error otherwise */
async function run(command: string, args: readonly string[], cwd: string, env = process.env): Promise<void> {
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "inherit", "inherit"] });
  const [code] = (await once(child, "exit")) as unknown[]; // the event's arguments
  if (code !== 0) throw new Error(`${command} ${args[0] ?? ""} ended with ${String(code)}.`);
}

const fates: Readonly<Record<string, Fate>> = {
  Killed: "killed",
  Timeout: "killed",
  Survived: "survived",
  NoCoverage: "unreached",
};

/** Those that ran, by file; what could not be built is left out. `tookMs`: for all, which is shared out. Pure. */
export function toFindings(report: Report, tookMs: number): FileFinding[] {
  const files = Object.entries(report.files);
  const all = files.reduce((sum, [, { mutants }]) => sum + mutants.length, 0);
  const fileOf = new Map(
    Object.entries(report.testFiles ?? {}).flatMap(([file, { tests }]) => tests.map(({ id }) => [id, file] as const)),
  );
  return files.map(([file, { source, mutants }]) => {
    const reached = mutants.flatMap(({ coveredBy = [] }) => coveredBy.map((id) => fileOf.get(id)));
    return {
      file,
      tests: [...new Set(reached)].filter((path) => path !== undefined).toSorted(),
      tookMs: (tookMs * mutants.length) / Math.max(all, 1),
      outcomes: mutants.flatMap((mutant) => toOutcome(file, source.split("\n"), mutant)),
    };
  });
}

function toOutcome(file: string, lines: readonly string[], mutant: ReportedMutant): Outcome[] {
  const { status, replacement = "", location } = mutant;
  const { start, end } = location;
  const fate = fates[status];
  if (fate === undefined) return [];
  const range = lines.slice(start.line - 1, end.line).join("\n");
  const cut = (lines[end.line - 1]?.length ?? 0) - (end.column - 1);
  const text = range.slice(start.column - 1, range.length - cut);
  return [{ file, line: start.line, text: oneLine(text), by: oneLine(replacement), fate }];
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}
