import { readdir, readFile } from "node:fs/promises";

/** Every process of a workspace carries its id in its environment, whatever it did to its process group. */
export const workspaceVariable = "HEARTH_WORKSPACE_ID";

/** A process, told apart from a later one with the same number by when it started. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot, as /proc has it. */
  readonly startTime: string;
}

export interface WorkspaceProcess extends ProcessIdentity {
  readonly workspaceId: string;
  readonly commandLine: readonly string[];
}

/** When the process started, or undefined when there is none of this number, or it is a zombie. */
export async function startTimeOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold anything; what follows it does not.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    return undefined; // it ended
  }
}

export async function isAlive(process: ProcessIdentity): Promise<boolean> {
  return (await startTimeOf(process.pid)) === process.startTime;
}

/** Every living process of a workspace; those of users that this one may not look into are not ours anyway. */
export async function listWorkspaceProcesses(): Promise<WorkspaceProcess[]> {
  const entries = await readdir("/proc");
  const found = await Promise.all(
    entries.filter((entry) => /^\d+$/.test(entry)).map((entry) => inspect(Number(entry))),
  );
  return found.filter((process) => process !== undefined);
}

async function inspect(pid: number): Promise<WorkspaceProcess | undefined> {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, "latin1");
    const prefix = `${workspaceVariable}=`;
    const variable = environment.split("\0").find((entry) => entry.startsWith(prefix));
    if (variable === undefined) return undefined;
    const startTime = await startTimeOf(pid);
    if (startTime === undefined) return undefined;
    const commandLine = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0").filter((part) => part !== "");
    return { pid, startTime, workspaceId: variable.slice(prefix.length), commandLine };
  } catch {
    return undefined; // it ended while we looked, or is another user's
  }
}

/** Sends a signal to a process unless its number went to another one meanwhile. */
export async function signalProcess(target: ProcessIdentity, signal: NodeJS.Signals): Promise<void> {
  if (!(await isAlive(target))) return;
  try {
    process.kill(target.pid, signal);
  } catch (error) {
    // It ended in between.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
