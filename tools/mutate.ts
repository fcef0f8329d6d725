// `npm run mutate`: changes the rules one thing at a time and sees which changes no test notices. What an earlier run found
// out about a file is not tried again while the file, its tests and the tools stay as they were; `-- fresh` tries all.
// `-- sql` and `-- decisions` do one half; names of files after that only those. A whole run writes docs/mutation.md.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "./launch/paths.mjs";
import { mutateDecisions } from "./mutate/decisions/run.ts";
import { equivalents } from "./mutate/equivalents.ts";
import { KeptFindings, type FileFinding } from "./mutate/kept.ts";
import type { Outcome } from "./mutate/outcome.ts";
import { mostThatSurvive, summarize, toMarkdown } from "./mutate/report.ts";
import { decisions, statements, withDatabase } from "./mutate/scope.ts";
import { mutateStatements } from "./mutate/sql/run.ts";

const isFresh = process.argv[2] === "fresh";
const [half, ...files] = process.argv.slice(isFresh ? 3 : 2);

// Two halves, a core each. One that fails leaves the other to its end, and what both have found out is kept.
const settled = await Promise.allSettled([
  half === "decisions" ? [] : runStatements(),
  half === "sql" ? [] : runDecisions(),
]);
const halves = settled.map((one) => (one.status === "fulfilled" ? one.value : []));
const isWhole = half === undefined && settled.every(({ status }) => status === "fulfilled");
for (const one of settled) if (one.status === "rejected") console.error(one.reason);
const outcomes = halves.flatMap((findings) => findings.flatMap((finding) => finding.outcomes));
const { missed, rate, stale } = summarize(outcomes, equivalents);
console.log(`\n${outcomes.length} changes, ${missed.length} survived (${(rate * 100).toFixed(1)} %):`);
for (const outcome of missed) show(outcome);
if (isWhole) {
  const run = { date: new Date().toISOString().slice(0, 10), minutes: Math.max(...halves.map(minutesOf)) };
  await writeFile(join(root, "docs/mutation.md"), toMarkdown(outcomes, equivalents, run));
  for (const { file, text, by } of stale) console.log(`needs no reason any more: ${file}: ${text} → ${by}`);
}
process.exitCode = rate > mostThatSurvive || settled.some(({ status }) => status === "rejected") ? 1 : 0;

function runStatements(): Promise<FileFinding[]> {
  const kept = new KeptFindings(root, "sql", { isFresh });
  return mutateStatements(root, { patterns: files.length > 0 ? files : statements, kept, isFresh }, show);
}

function runDecisions(): Promise<FileFinding[]> {
  const kept = new KeptFindings(root, "decisions", { isFresh });
  return mutateDecisions(root, { patterns: files.length > 0 ? files : decisions, withDatabase, kept });
}

/** What it took on one core, in this run and the earlier ones whose findings still hold. */
function minutesOf(findings: readonly FileFinding[]): number {
  return Math.ceil(findings.reduce((sum, { tookMs }) => sum + tookMs, 0) / 60_000);
}

function show({ file, line, text, by, fate }: Outcome): void {
  console.log(`${fate.padEnd(9)} ${file}:${line} ${text} → ${by}`);
}
