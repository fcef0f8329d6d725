import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { systemClock } from "@hearth/base";

/** Every process of a workspace carries its id in its environment, whatever it did to its process group. */
export const workspaceVariable = "HEARTH_WORKSPACE_ID";
/** And the name of the agent that it was started by, or under. */
export const agentVariable = "HEARTH_AGENT_NAME";

/** A process, told apart from a later one with the same number by when it started. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot, as /proc has it. */
  readonly startTime: string;
}

/** A living process, as /proc shows it. */
export interface ProcessEntry extends ProcessIdentity {
  readonly parentPid: number;
  /** The program's name, cut to 15 characters by the kernel. */
  readonly program: string;
  /** From its environment; `undefined` for those of no workspace, and of users that this one may not look into. */
  readonly workspaceId: string | undefined;
  readonly agentName: string | undefined;
}

interface Stat {
  readonly program: string;
  readonly parentPid: number;
  readonly startTime: string;
}

// Files of /proc are read at once: the kernel has them in memory, and each takes some microseconds; going through the
// thread pool takes ten times as long.

/** `undefined` when there is no such process, or it is a zombie. @see proc_pid_stat(5) */
function statOf(pid: number): Stat | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined; // it ended
  }
  // The name in parentheses may hold anything; what follows it does not.
  const nameEnd = stat.lastIndexOf(")");
  const [status, parentPid, ...others] = stat.slice(nameEnd + 2).split(" ");
  const startTime = others[17];
  if (status === "Z" || status === "X" || startTime === undefined) return undefined;
  return { program: stat.slice(stat.indexOf("(") + 1, nameEnd), parentPid: Number(parentPid), startTime };
}

/** When the process started, or `undefined` when there is none of this number, or it is a zombie. */
export function startTimeOf(pid: number): string | undefined {
  return statOf(pid)?.startTime;
}

export function isAlive(process: ProcessIdentity): boolean {
  return startTimeOf(process.pid) === process.startTime;
}

/** So many processes are looked at before others get their turn: about a millisecond's work. */
const atOnce = 50;

/** All living processes of this machine, at about one moment. */
export async function listProcesses(): Promise<ProcessEntry[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const entries: ProcessEntry[] = [];
  for (const [index, pid] of pids.entries()) {
    if (index % atOnce === atOnce - 1) await systemClock.sleep(0);
    const stat = statOf(pid);
    if (stat) entries.push({ pid, ...stat, ...ownerOf(pid) });
  }
  return entries;
}

function ownerOf(pid: number): Pick<ProcessEntry, "workspaceId" | "agentName"> {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, "latin1");
    return { workspaceId: valueIn(environment, workspaceVariable), agentName: valueIn(environment, agentVariable) };
  } catch {
    return { workspaceId: undefined, agentName: undefined }; // it ended while we looked, or is another user's
  }
}

function valueIn(environment: string, name: string): string | undefined {
  const prefix = `${name}=`;
  const start = environment.startsWith(prefix) ? 0 : environment.indexOf(`\0${prefix}`) + 1;
  if (start === 0 && !environment.startsWith(prefix)) return undefined;
  return environment.slice(start + prefix.length).split("\0", 1)[0];
}

/**
 * The workspace's processes: those that carry its id, and all below them, which may have cleaned their environment.
 * `roots` are known besides. With `agentName` only those of that agent.
 */
export function processesOf(
  workspaceId: string,
  table: readonly ProcessEntry[],
  roots: readonly ProcessIdentity[] = [],
  agentName?: string,
): ProcessEntry[] {
  const children = Map.groupBy(table, (entry) => entry.parentPid);
  const isRoot = (entry: ProcessEntry): boolean =>
    (entry.workspaceId === workspaceId && (agentName === undefined || entry.agentName === agentName)) ||
    roots.some((root) => root.pid === entry.pid && root.startTime === entry.startTime);
  const found = new Map<number, ProcessEntry>();
  const visit = (entry: ProcessEntry): void => {
    if (found.has(entry.pid) || entry.pid === process.pid) return;
    found.set(entry.pid, entry);
    children.get(entry.pid)?.forEach(visit);
  };
  table.filter(isRoot).forEach(visit);
  return [...found.values()];
}

/**
 * The agent that was started as `root`: itself, or, below the monitor and the first process of a sandbox, what these
 * run. `undefined` when it ended.
 */
export function agentBelow(root: ProcessIdentity, table: readonly ProcessEntry[]): ProcessEntry | undefined {
  let at = table.find((entry) => entry.pid === root.pid && entry.startTime === root.startTime);
  while (at?.program === "bwrap") {
    const monitor = at.pid;
    at = table.find((entry) => entry.parentPid === monitor);
  }
  return at;
}

/**
 * An agent that runs in its sandbox although the sandbox's monitor, which was started, has ended. Found by its command
 * line: what it has started may outlive it in there. `undefined` when there is none.
 */
export function agentWithoutMonitor(
  workspaceId: string,
  agentName: string,
  command: readonly string[],
  table: readonly ProcessEntry[],
): ProcessIdentity | undefined {
  const programs = new Map(table.map(({ pid, program }) => [pid, program]));
  const found = table.find(
    (entry) =>
      entry.workspaceId === workspaceId &&
      entry.agentName === agentName &&
      programs.get(entry.parentPid) === "bwrap" &&
      commandLineOf(entry.pid) === command.join("\0"),
  );
  return found && { pid: found.pid, startTime: found.startTime };
}

function commandLineOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replace(/\0$/, "");
  } catch {
    return undefined; // it ended
  }
}

/** Sends a signal to a process unless its number went to another one meanwhile. */
export function signalProcess(target: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(target)) return;
  try {
    process.kill(target.pid, signal);
  } catch (error) {
    // It ended in between.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
