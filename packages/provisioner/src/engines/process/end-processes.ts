import type { Clock } from "@hearth/base";
import {
  agentBelow,
  isAlive,
  listProcesses,
  processesOf,
  signalProcess,
  type ProcessEntry,
  type ProcessIdentity,
} from "./processes.ts";

/** Between two looks at whether a process has ended: there is no event for the end of another's child. */
const lookEveryMs = 20;
/** After SIGKILL a process ends as soon as the kernel lets it. */
const killGraceMs = 10_000;

export interface EndOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long agents have to run their stop scripts. 0: they are not asked. */
  readonly graceMs: number;
  /** The workspace's agents as they were started. */
  readonly started: readonly ProcessIdentity[];
  /** Only the processes of this agent. */
  readonly agentName?: string;
  /** Told once, when the agents' time is up and some still run. */
  readonly onOverdue?: () => void;
}

/**
 * Ends a workspace's processes: agents first, by SIGTERM, so that their stop scripts run; then whatever is left, and what
 * that starts meanwhile, until nothing is.
 * @throws Error when a process survives SIGKILL; the signal's reason when it aborts before the end
 */
export async function endWorkspaceProcesses(workspaceId: string, options: EndOptions): Promise<void> {
  const { clock, signal, graceMs, started } = options;
  const table = await listProcesses();
  // Found now, while the agent still stands above them: one that cleaned its environment is nobody's child afterwards.
  const known = [...started, ...processesOf(workspaceId, table, started, options.agentName)];
  if (graceMs > 0) {
    const agents = started.map((root) => agentBelow(root, table)).filter((agent) => agent !== undefined);
    for (const agent of agents) signalProcess(agent, "SIGTERM");
    const deadlineMs = clock.now() + graceMs;
    while (agents.some(isAlive)) {
      if (clock.now() >= deadlineMs) {
        options.onOverdue?.();
        break;
      }
      await clock.sleep(lookEveryMs, { signal, tag: "agent-stop" });
    }
  }
  const killDeadlineMs = clock.now() + killGraceMs;
  for (;;) {
    const left = processesOf(workspaceId, await listProcesses(), known, options.agentName);
    if (left.length === 0) return;
    if (clock.now() > killDeadlineMs) {
      throw new Error(`The workspace's processes ${describe(left)} do not end; look why the kernel holds them.`);
    }
    for (const process of left) signalProcess(process, "SIGKILL");
    await clock.sleep(lookEveryMs, { signal, tag: "workspace-kill" });
  }
}

function describe(processes: readonly ProcessEntry[]): string {
  return processes.map(({ pid, program }) => `${pid} (${program})`).join(", ");
}
