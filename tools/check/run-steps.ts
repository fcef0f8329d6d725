import { AsyncQueue } from "@hearth/base";
import { collect } from "../launch/collect.mjs";
import type { Step } from "./steps.ts";

export interface StepResult {
  readonly step: Step;
  readonly isPassed: boolean;
  readonly durationMs: number;
  /** All that it wrote. */
  readonly output: string;
}

/** Runs the steps, `parallel` at once, the first ones first, and gives each result as it comes. */
export async function* runSteps(
  steps: readonly Step[],
  options: { parallel: number; cwd: string; env: NodeJS.ProcessEnv },
): AsyncGenerator<StepResult, void, undefined> {
  const results = new AsyncQueue<StepResult>({ capacity: steps.length });
  const waiting = [...steps];
  const workers = Array.from({ length: options.parallel }, async () => {
    for (let step = waiting.shift(); step; step = waiting.shift()) results.push(await runStep(step, options));
  });
  const allDone = Promise.all(workers).then(
    () => results.close(),
    (error: unknown) => results.close(error),
  );
  yield* results;
  await allDone;
}

async function runStep(step: Step, { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv }): Promise<StepResult> {
  const startedMs = Date.now();
  const [program = "", ...args] = step.command;
  const { code, output } = await collect(program, args, { cwd, env });
  return { step, isPassed: code === 0, durationMs: Date.now() - startedMs, output };
}
