import { readdir, readFile } from "node:fs/promises";

/** The memory of a process that is its own, and its share of what it has in common with others (proc(5)). @returns KiB */
export async function proportionalKib(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
  const kib = /^Pss:\s+(\d+) kB$/m.exec(text)?.[1];
  if (kib === undefined) throw new Error(`/proc/${pid}/smaps_rollup says nothing of its share`);
  return Number(kib);
}

/** The process of the agent of a workspace on this host. @throws Error when there is none, or several */
export async function agentProcess(workspaceId: string): Promise<number> {
  const pids = (await readdir("/proc")).map(Number).filter((pid) => pid > 0);
  const found = await Promise.all(pids.map(async (pid) => ((await isAgentOf(pid, workspaceId)) ? [pid] : [])));
  const [pid, ...others] = found.flat();
  if (pid === undefined || others.length > 0)
    throw new Error(`${found.flat().length} processes are the agent of ${workspaceId}`);
  return pid;
}

async function isAgentOf(pid: number, workspaceId: string): Promise<boolean> {
  try {
    const [environment, command] = await Promise.all([
      readFile(`/proc/${pid}/environ`, "utf8"),
      readFile(`/proc/${pid}/cmdline`, "utf8"),
    ]);
    const [program = "", ...words] = command.split("\0");
    const isNode = /(^|\/)node$/.test(program) && words.some((word) => word.endsWith("/agent.mjs"));
    return isNode && environment.split("\0").includes(`HEARTH_WORKSPACE_ID=${workspaceId}`);
  } catch {
    return false; // ended since, or another user's
  }
}
