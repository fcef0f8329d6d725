import { stripVTControlCharacters } from "node:util";
import { runSteps } from "./run-steps.ts";
import { listSteps } from "./steps.ts";
import type { Tally } from "./tally.ts";

/** Two cores. */
const parallel = 2;

/** Runs every check of the code at rest; shows only what failed. */
export async function runChecks(tally: Tally, options: { cwd: string; env: NodeJS.ProcessEnv }): Promise<void> {
  const steps = listSteps(options.cwd);
  const startedMs = Date.now();
  for await (const { step, isPassed, durationMs, output } of runSteps(steps, { ...options, parallel })) {
    tally.one(isPassed);
    // Some colour what they write whoever reads it.
    const text = process.stdout.isTTY ? output : stripVTControlCharacters(output);
    if (!isPassed) console.log(`\n✗ ${step.name} (${seconds(durationMs)})\n${text.trim()}\n`);
  }
  console.log(
    `  ${steps.length} checks of types, lint, format and dead code done in ${seconds(Date.now() - startedMs)}`,
  );
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
