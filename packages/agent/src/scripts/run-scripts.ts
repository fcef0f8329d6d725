import { Timing_Stage } from "@hearth/wire/agent-proto";
import { runScript, type ScriptOutcome, type ScriptServices } from "#scripts/run-script.ts";
import type { Script } from "#scripts/script.ts";

export type Occasion = "start" | "stop" | "claim";

const stages: Readonly<Record<Occasion, Timing_Stage>> = {
  start: Timing_Stage.START,
  stop: Timing_Stage.STOP,
  claim: Timing_Stage.CLAIM,
};

/** The scripts that run on an occasion. */
export function scriptsFor(occasion: Occasion, scripts: readonly Script[]): Script[] {
  return scripts.filter(({ runsOn }) => runsOn[occasion]);
}

/**
 * Runs all scripts of an occasion side by side. Resolves when the last has ended, with the outcome of the one that
 * failed first, for its kind decides the agent's state. Never rejects. `onUnblocked` is called once, when those that
 * block the log-in have ended, well or not.
 */
export async function runScripts(
  occasion: Occasion,
  scripts: readonly Script[],
  services: ScriptServices,
  signal: AbortSignal,
  onUnblocked: () => void = () => undefined,
): Promise<ScriptOutcome> {
  let firstFailure: ScriptOutcome | undefined;
  const run = async (script: Script): Promise<void> => {
    const outcome = await runScript(script, stages[occasion], services, signal);
    if (outcome !== "ok") firstFailure ??= outcome;
  };
  const [blocking = [], others = []] = [true, false].map((blocks) =>
    scriptsFor(occasion, scripts)
      .filter(({ blocksLogin }) => blocksLogin === blocks)
      .map(run),
  );
  await Promise.all(blocking);
  onUnblocked();
  await Promise.all(others);
  return firstFailure ?? "ok";
}
