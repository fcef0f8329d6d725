import { readdir, readFile } from "node:fs/promises";
import { systemClock } from "@hearth/base";

/** Marks every process of a run, by inheritance. */
export const runVariable = "HEARTH_TEST_RUN";

export interface Leftover {
  readonly pid: number;
  readonly command: string;
}

/** What has been told to end may take a moment. */
const patienceMs = 5_000;
const lookEveryMs = 100;

/** The processes of the run that are still there, after those that are ending have had their time. */
export async function findLeftovers(run: string, patience = patienceMs): Promise<Leftover[]> {
  for (let waitedMs = 0; ; waitedMs += lookEveryMs) {
    const left = await listProcesses(run);
    if (left.length === 0 || waitedMs >= patience) return left;
    await systemClock.sleep(lookEveryMs);
  }
}

async function listProcesses(run: string): Promise<Leftover[]> {
  const pids = (await readdir("/proc")).map(Number).filter((pid) => pid > 0 && pid !== process.pid);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await read(pid, "environ");
      if (!environment.split("\0").includes(`${runVariable}=${run}`)) return undefined;
      return { pid, command: (await read(pid, "cmdline")).replaceAll("\0", " ").trim() };
    }),
  );
  return found.filter((each) => each !== undefined);
}

async function read(pid: number, file: string): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return ""; // ended since, or another user's: neither is ours
  }
}
