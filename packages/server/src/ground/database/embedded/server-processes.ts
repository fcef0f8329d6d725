import { readdir, readFile } from "node:fs/promises";
import { basename } from "node:path";

/**
 * The living processes of a cluster, as `/proc` tells them. By command line, which everyone may read: the working
 * directory of another user's process is closed to a root without `CAP_SYS_PTRACE`, as in most containers.
 */
export interface ServerProcesses {
  /** The one that was started on the cluster, if it lives. */
  readonly postmaster: number | undefined;
  /** Its children. Without a postmaster they are orphans, which end by themselves once they notice. */
  readonly backends: readonly number[];
}

/** @param clusterName the setting `cluster_name`, which backends carry in their title */
export async function findServerProcesses(clusterDir: string, clusterName: string): Promise<ServerProcesses> {
  const pids = (await readdir("/proc")).map(Number).filter((pid) => pid > 0);
  const roles = await Promise.all(
    pids.map(async (pid) => ({ pid, role: toRole(await readCommandLine(pid), clusterDir, clusterName) })),
  );
  return {
    postmaster: roles.find(({ role }) => role === "postmaster")?.pid,
    backends: roles.filter(({ role }) => role === "backend").map(({ pid }) => pid),
  };
}

/** Whether the process is the postmaster of the cluster, and not one that was given its number since. */
export async function isPostmaster(pid: number, clusterDir: string): Promise<boolean> {
  return toRole(await readCommandLine(pid), clusterDir, "") === "postmaster";
}

/** What a process with these arguments is to the cluster. Pure. */
export function toRole(args: string[], clusterDir: string, clusterName: string): "postmaster" | "backend" | undefined {
  const program = args[0] ?? "";
  if (clusterName !== "" && program.startsWith(`postgres: ${clusterName}: `)) return "backend";
  const isServer = basename(program) === "postgres" && args[args.indexOf("-D") + 1] === clusterDir;
  return isServer && args.includes("-D") ? "postmaster" : undefined;
}

/** Empty for a process that is gone, or a zombie that only waits for its parent to look. */
async function readCommandLine(pid: number): Promise<string[]> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0");
  } catch {
    return []; // it ended since, or belongs to someone who hides it: in neither case it is our server
  }
}
