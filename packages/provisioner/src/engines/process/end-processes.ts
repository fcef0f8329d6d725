import type { Clock } from "@hearth/base";
import { isAlive, listWorkspaceProcesses, signalProcess, type WorkspaceProcess } from "./processes.ts";

/** Between two looks at whether a process has ended: there is no event for the end of another's child. */
const lookEveryMs = 25;
/** After SIGKILL a process ends as soon as the kernel lets it. */
const killGraceMs = 10_000;

export interface EndOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long agents have to run their stop scripts. */
  readonly graceMs: number;
  /** Tells the agent among a workspace's processes. */
  readonly isAgent: (process: WorkspaceProcess) => boolean;
}

/**
 * Ends a workspace's processes: agents first, by SIGTERM, so that their stop scripts run; then whatever is left.
 * @throws Error when a process survives SIGKILL, or `signal` aborts before the end
 */
export async function endWorkspaceProcesses(workspaceId: string, options: EndOptions): Promise<void> {
  const { clock, signal, graceMs, isAgent } = options;
  const own = async () => (await listWorkspaceProcesses()).filter((process) => process.workspaceId === workspaceId);
  const agents = (await own()).filter(isAgent);
  for (const agent of agents) await signalProcess(agent, "SIGTERM");
  const deadlineMs = clock.now() + graceMs;
  while (clock.now() < deadlineMs && (await anyAlive(agents)))
    await clock.sleep(lookEveryMs, { signal, tag: "agent-stop" });
  const killDeadlineMs = clock.now() + killGraceMs;
  for (;;) {
    const left = await own();
    if (left.length === 0) return;
    if (clock.now() > killDeadlineMs) {
      throw new Error(`Processes ${left.map((process) => process.pid).join(", ")} of the workspace do not end.`);
    }
    for (const process of left) await signalProcess(process, "SIGKILL");
    await clock.sleep(lookEveryMs, { signal, tag: "workspace-kill" });
  }
}

async function anyAlive(processes: readonly WorkspaceProcess[]): Promise<boolean> {
  for (const process of processes) if (await isAlive(process)) return true;
  return false;
}
