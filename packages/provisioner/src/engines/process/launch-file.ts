import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

/** What is needed to start a workspace's agents again: beside its home, for the daemon's user alone (mode 0600). */
export const Launch = z.object({
  buildId: z.string(),
  workspaceId: z.string(),
  accessUrl: z.string(),
  user: z.string(),
  isSandboxed: z.boolean(),
  env: z.record(z.string(), z.string()),
  agents: z.array(z.object({ name: z.string(), token: z.string() })),
});
export type Launch = z.infer<typeof Launch>;

/** Who was started, to be found again after a restart of the daemon. */
export const Running = z.object({
  accessUrl: z.string(),
  processes: z.array(z.object({ agent: z.string(), pid: z.int(), startTime: z.string() })),
});
export type Running = z.infer<typeof Running>;

const launchName = "launch.json";
const runningName = "running.json";

export async function writeLaunch(directory: string, launch: Launch): Promise<void> {
  await writePrivate(directory, launchName, launch);
}

/** `undefined` when there is none, or it is not readable as one: the workspace then has to be started by a build. */
export async function readLaunch(directory: string): Promise<Launch | undefined> {
  return await readPrivate(directory, launchName, Launch);
}

export async function writeRunning(directory: string, running: Running): Promise<void> {
  await writePrivate(directory, runningName, running);
}

/** `undefined` when nothing was started, or the record is lost: then processes are found by what they carry. */
export async function readRunning(directory: string): Promise<Running | undefined> {
  return await readPrivate(directory, runningName, Running);
}

/** Whole or not at all: a crash leaves the file that was there before. */
async function writePrivate(directory: string, name: string, value: object): Promise<void> {
  const temporary = join(directory, `${name}.new`);
  await writeFile(temporary, JSON.stringify(value), { mode: 0o600 });
  await rename(temporary, join(directory, name));
}

async function readPrivate<S extends z.ZodType>(
  directory: string,
  name: string,
  schema: S,
): Promise<z.output<S> | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(join(directory, name), "utf8")));
  } catch {
    return undefined; // as the callers' docs say
  }
}
