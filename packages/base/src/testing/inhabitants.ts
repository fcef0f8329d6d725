import { readdir, readFile, readlink } from "node:fs/promises";
import { sep } from "node:path";

/** A process that may still write into a folder. */
export interface Inhabitant {
  readonly pid: number;
  readonly command: string;
}

/**
 * The processes, this one apart, that work in the folder, were started with it as an argument, or have it in their
 * environment (as HOME, say); by proc(5). One that has ended and waits for its parent is none: it writes no more.
 */
export async function listInhabitants(folder: string): Promise<readonly Inhabitant[]> {
  const pids = (await readdir("/proc")).map(Number).filter((pid) => pid > 0 && pid !== process.pid);
  const found = await Promise.all(pids.map(async (pid) => await lookAt(pid, folder)));
  return found.filter((each) => each !== undefined);
}

async function lookAt(pid: number, folder: string): Promise<Inhabitant | undefined> {
  const [directory, command, environment] = await Promise.all([
    quietly(readlink(`/proc/${pid}/cwd`)),
    quietly(readFile(`/proc/${pid}/cmdline`, "utf8")),
    quietly(readFile(`/proc/${pid}/environ`, "utf8")),
  ]);
  const lives = mentions(`${directory}\0`, folder) || mentions(command, folder) || mentions(environment, folder);
  return lives ? { pid, command: command.replaceAll("\0", " ").trim() } : undefined;
}

/** Whether the folder, or a path below it, is named; one whose name only begins like it is another. */
function mentions(text: string, folder: string): boolean {
  return [sep, "\0", ":", " "].some((end) => text.includes(folder + end));
}

async function quietly(read: Promise<string>): Promise<string> {
  try {
    return await read;
  } catch {
    return ""; // ended since, or another user's: neither is ours
  }
}
