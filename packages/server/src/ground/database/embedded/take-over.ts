import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, Logger } from "@hearth/base";
import { askDataDirectory } from "./connection.ts";
import { EmbeddedPostgresError } from "./errors.ts";
import { readPostmasterPid } from "./postmaster-pid.ts";
import { stopPostmaster, waitUntilReady } from "./postmaster.ts";
import { findServerProcesses, isPostmaster } from "./server-processes.ts";

/** Backends notice within moments that their postmaster is gone; one that hangs on a disk may not. */
const orphansMs = 10_000;
const lookEveryMs = 20;

export interface TakeOverOptions {
  readonly clusterDir: string;
  readonly clusterName: string;
  /** Where a server of this Hearth would listen. */
  readonly socketDir: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

export interface RunningServer {
  readonly pid: number;
  readonly socketDir: string;
}

/**
 * The server that a killed Hearth left on the cluster, once it takes connections; `undefined` when there is none, and
 * then the way is free for a new one: what stands in it (a server that does not answer, orphaned backends, a pid file
 * whose number belongs to another process by now) has been cleared.
 *
 * The caller holds the lock of the data directory, so no living Hearth of this machine uses the server.
 * @throws EmbeddedPostgresError when a server uses the cluster that cannot be seen from here
 */
export async function takeOver(options: TakeOverOptions): Promise<RunningServer | undefined> {
  const { clusterDir, log } = options;
  const file = await readPostmasterPid(clusterDir);
  if (file && (await isPostmaster(file.pid, clusterDir))) {
    const { pid } = file;
    if ((await waitUntilReady({ ...options, pid })) === "ready") {
      const socketDir = (await readPostmasterPid(clusterDir))?.socketDir ?? options.socketDir;
      if ((await askDataDirectory(socketDir)) === clusterDir) return { pid, socketDir };
      log.warn({ pid, socketDir }, "a PostgreSQL left behind does not answer and is stopped");
      await stopPostmaster({ ...options, pid, signal: undefined });
    }
  }
  await waitForOrphans(options);
  await refuseUnseenServer(options);
  await removeStalePidFile(clusterDir, log);
  return undefined;
}

/** Backends of a postmaster that was killed still write to the cluster until they end. */
async function waitForOrphans({ clusterDir, clusterName, clock, signal }: TakeOverOptions): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += lookEveryMs) {
    const { backends } = await findServerProcesses(clusterDir, clusterName);
    if (backends.length === 0) return;
    if (waitedMs >= orphansMs) {
      throw new EmbeddedPostgresError(
        `Processes of a PostgreSQL that was killed still work on ${clusterDir}; end them: kill ${backends.join(" ")}.`,
        { cause: undefined, shouldRetry: true },
      );
    }
    await clock.sleep(lookEveryMs, { signal, tag: "embedded postgres orphans" });
  }
}

/** In another container on the same directory, say: its process cannot be seen, but its socket answers. */
async function refuseUnseenServer({ clusterDir, socketDir }: TakeOverOptions): Promise<void> {
  if ((await askDataDirectory(socketDir)) === undefined) return;
  throw new EmbeddedPostgresError(
    `A PostgreSQL that this process cannot see (in another container?) is using ${clusterDir}; stop it first.`,
    { cause: undefined, shouldRetry: true },
  );
}

/** PostgreSQL refuses to start while the number in the file belongs to *any* process of its user. */
async function removeStalePidFile(clusterDir: string, log: Logger): Promise<void> {
  const file = await readPostmasterPid(clusterDir);
  if (!file || !isAlive(file.pid)) return; // PostgreSQL replaces a dead one's file, and checks its memory segment first
  log.warn({ pid: file.pid }, "removing the pid file of a PostgreSQL whose number another process has");
  await rm(join(clusterDir, "postmaster.pid"), { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not allowed to signal it: it lives.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
