import { type Clock, type Logger, Wake } from "@hearth/base";
import { type AgentClient, DrpcError, timestampFromMs } from "@hearth/wire";
import type { ScriptTiming } from "#scripts/script.ts";
import { waitForRing } from "#wait/wait-for-ring.ts";

const callTimeoutMs = 30_000;
/** Far more than a template has scripts; a server that is away for long must not fill the memory. */
const maxWaiting = 1000;

/** Timings on their way to the server; they wait here while there is no connection. */
export class TimingQueue {
  readonly changed = new Wake();
  #timings: ScriptTiming[] = [];

  get isEmpty(): boolean {
    return this.#timings.length === 0;
  }

  push(timing: ScriptTiming): void {
    if (this.#timings.length >= maxWaiting) this.#timings.shift();
    this.#timings.push(timing);
    this.changed.notify();
  }

  first(): ScriptTiming | undefined {
    return this.#timings[0];
  }

  remove(timing: ScriptTiming): void {
    this.#timings = this.#timings.filter((waiting) => waiting !== timing);
    this.changed.notify();
  }

  /** The scripts belong to an agent id; another one has scripts of its own. */
  clear(): void {
    this.#timings = [];
    this.changed.notify();
  }
}

export interface ReportTimingsOptions {
  readonly queue: TimingQueue;
  readonly client: Pick<AgentClient, "scriptCompleted">;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** Reports timings as long as the session lasts. What the server refuses is not sent again. Rejects when it ends. */
export async function reportTimings(options: ReportTimingsOptions): Promise<never> {
  const { queue, clock, signal } = options;
  for (;;) {
    const timing = queue.first();
    if (timing) await reportOne(timing, options);
    else await waitForRing(queue.changed, { clock, signal, tag: "script timings" });
  }
}

async function reportOne(timing: ScriptTiming, { queue, client, signal, log }: ReportTimingsOptions): Promise<void> {
  const { scriptId, startedAtMs, endedAtMs, exitCode, stage, status } = timing;
  const [start, end] = [timestampFromMs(startedAtMs), timestampFromMs(endedAtMs)];
  try {
    const message = { scriptId, start, end, exitCode, stage, status };
    await client.scriptCompleted({ timing: message }, { signal, timeoutMs: callTimeoutMs });
  } catch (error) {
    const isRefused = error instanceof DrpcError || (error instanceof Error && error.name === "TimeoutError");
    if (!isRefused) throw error; // the session is over: the next one reports it
    log.warn({ err: error }, "timing of a script was not taken");
  }
  queue.remove(timing);
}
