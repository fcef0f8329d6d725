// `npm run mutate`: changes the rules one thing at a time and sees which changes no test notices. `-- sql` and
// `-- decisions` do one half; names of files after that only those, and then nothing is written.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "./launch/paths.mjs";
import { mutateDecisions } from "./mutate/decisions/run.ts";
import { equivalents } from "./mutate/equivalents.ts";
import type { Outcome } from "./mutate/outcome.ts";
import { mostThatSurvive, summarize, toMarkdown } from "./mutate/report.ts";
import { decisions, statements } from "./mutate/scope.ts";
import { mutateStatements } from "./mutate/sql/run.ts";

const [half, ...files] = process.argv.slice(2);
const startedMs = performance.now();

// Two halves, a core each.
const done = await Promise.all([
  half === "decisions" ? [] : mutateStatements(root, files.length > 0 ? files : statements, show),
  half === "sql" ? [] : mutateDecisions(root, files.length > 0 ? files : decisions),
]);
const outcomes = done.flat();
const { missed, rate, stale } = summarize(outcomes, equivalents);
console.log(`\n${outcomes.length} changes, ${missed.length} survived (${(rate * 100).toFixed(1)} %):`);
for (const outcome of missed) show(outcome);
if (half === undefined) {
  const run = {
    date: new Date().toISOString().slice(0, 10),
    minutes: Math.ceil((performance.now() - startedMs) / 60_000),
  };
  await writeFile(join(root, "docs/mutation.md"), toMarkdown(outcomes, equivalents, run));
  for (const { file, text, by } of stale) console.log(`needs no reason any more: ${file}: ${text} → ${by}`);
}
process.exitCode = rate > mostThatSurvive ? 1 : 0;

function show({ file, line, text, by, fate }: Outcome): void {
  console.log(`${fate.padEnd(9)} ${file}:${line} ${text} → ${by}`);
}
