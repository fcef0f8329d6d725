import { chmod, realpath, stat } from "node:fs/promises";
import { totalmem } from "node:os";
import { join } from "node:path";
import { once, runLoop, Wake, type Clock, type Logger } from "@hearth/base";
import { findBinaries } from "./binaries.ts";
import { ensureCluster } from "./cluster.ts";
import { connectionTo, ensureDatabase, toConnectionString, type EmbeddedConnection } from "./connection.ts";
import { lockDirectory } from "./data-dir-lock.ts";
import { EmbeddedPostgresError } from "./errors.ts";
import { startPostmaster, stopPostmaster } from "./postmaster.ts";
import { findClosedDirectory, findRunAs, type RunAs } from "./run-as.ts";
import { isPostmaster } from "./server-processes.ts";
import { postgresSettings } from "./settings.ts";
import { chooseSocketDir, clusterId, ensureSocketDir } from "./socket-dir.ts";
import { takeOver, type RunningServer } from "./take-over.ts";

/** How often we look whether the server still lives; its exit wakes us at once where it is our child. */
const lookEveryMs = 5_000;

export interface EmbeddedPostgresOptions {
  /** Created when missing. The cluster goes to `postgres/` in it, PostgreSQL's log to `postgres.log`. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Gives up starting: what was started is stopped, and the promise rejects with its reason. */
  readonly signal: AbortSignal;
  /** Server settings that take precedence over ours. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  readonly connection: EmbeddedConnection;
  /** The same as a URL. */
  readonly connectionString: string;
  /** Whether a server that an earlier Hearth left behind was taken over. */
  readonly adopted: boolean;
  /**
   * Stops the server without need of repair, and resolves when it has ended. Aborting `signal` stops waiting for a
   * checkpoint: the server then repairs itself when it starts. Safe to call twice.
   */
  stop(options?: { signal?: AbortSignal | undefined }): Promise<void>;
}

/**
 * Hearth's own PostgreSQL: created on first use, started in a session of its own on a Unix socket, no network.
 *
 * - Resolves once it takes connections and has the database `hearth`.
 * - It outlives a Hearth that is killed; the next start takes it over.
 * - A server that ends while Hearth lives is started again.
 * - As root it runs as `nobody`, or as the owner of an existing data directory.
 *
 * @throws EmbeddedPostgresError with one line for the operator
 * @throws DataDirLockedError when another process runs a server on the data directory
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { clock, log, signal } = options;
  signal.throwIfAborted();
  await using undo = new AsyncDisposableStack();
  const lock = undo.use(await lockDirectory(options.dataDir, "postgres"));
  // PostgreSQL reports the real path; ours must equal it to recognise its processes.
  const dataDir = await realpath(lock.dataDir);
  const clusterDir = join(dataDir, "postgres");
  const runAs = await findRunAs(clusterDir);
  if (runAs.isOther) await openTheWay(dataDir, runAs);
  const binaries = await findBinaries({ dataDir, runAs, log });
  await ensureCluster({ clusterDir, binaries, runAs, log, signal });

  const clusterName = `hearth-${clusterId(clusterDir)}`;
  const died = new Wake();
  async function launch(socketDir: string, until: AbortSignal): Promise<RunningServer & { adopted: boolean }> {
    const left = await takeOver({ clusterDir, clusterName, socketDir, clock, log, signal: until });
    if (left) return { ...left, adopted: true };
    await ensureSocketDir(socketDir, runAs);
    const memoryBytes = Math.min(totalmem(), process.constrainedMemory() || Infinity);
    const { settings: overrides = {} } = options;
    const settings = postgresSettings({ memoryBytes, socketDir, clusterName, overrides });
    const onExit = (): void => died.notify();
    const pid = await startPostmaster({
      clusterDir,
      dataDir,
      binaries,
      runAs,
      settings,
      clock,
      log,
      signal: until,
      onExit,
    });
    return { pid, socketDir, adopted: false };
  }

  let server = await launch(chooseSocketDir(dataDir, clusterDir), signal);
  const { adopted, socketDir } = server;
  let hurry: AbortSignal | undefined;
  undo.defer(() => stopPostmaster({ pid: server.pid, clusterDir, clock, log, signal: hurry }));
  await ensureDatabase(socketDir);
  signal.throwIfAborted();
  log.info({ pid: server.pid, dataDir, adopted }, "PostgreSQL is ready");

  const stopping = new AbortController();
  const watching = runLoop(
    {
      name: "embedded postgres",
      everyMs: lookEveryMs,
      // One that cannot start, as on a full disk, is started soon after it can be: everything waits for it.
      longestBackoffMs: lookEveryMs,
      wake: died,
      clock,
      log,
      signal: stopping.signal,
    },
    async ({ signal: until }) => {
      if (await isPostmaster(server.pid, clusterDir)) return;
      log.error({ pid: server.pid }, "PostgreSQL ended unasked and is started again");
      server = await launch(socketDir, until); // where clients look for it
      log.info({ pid: server.pid, dataDir }, "PostgreSQL is ready again");
    },
  );

  const held = undo.move();
  const connection = connectionTo(socketDir);
  const stop = once(async () => {
    stopping.abort();
    await watching; // it must not start again what is stopped next
    await held.disposeAsync();
  });
  return {
    connection,
    connectionString: toConnectionString(connection),
    adopted,
    stop: ({ signal: until } = {}) => {
      hurry ??= until;
      return stop();
    },
  };
}

/**
 * Lets another user pass through the data directory, which is ours to open; the directories above are not.
 * @throws EmbeddedPostgresError naming the one that is closed
 */
async function openTheWay(dataDir: string, runAs: RunAs): Promise<void> {
  const { mode, uid } = await stat(dataDir);
  if (uid === process.geteuid?.()) await chmod(dataDir, (mode & 0o777) | 0o011);
  const closed = await findClosedDirectory(dataDir, runAs);
  if (closed === undefined) return;
  throw new EmbeddedPostgresError(
    `PostgreSQL does not run as root, so it runs as ${runAs.name}, who may not enter ${closed} on the way to ${dataDir}; set HEARTH_DATA_DIR to a directory that everyone may pass through, as /var/lib/hearth.`,
    { cause: undefined },
  );
}
