import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, type Logger, messageOf } from "@hearth/base";
import type { PostgresBinaries } from "./binaries.ts";
import { processOptions } from "./cluster.ts";
import { EmbeddedPostgresError } from "./errors.ts";
import { explainFailure } from "./explain-failure.ts";
import { readPostmasterPid } from "./postmaster-pid.ts";
import type { RunAs } from "./run-as.ts";
import { isPostmaster } from "./server-processes.ts";
import { settingArguments } from "./settings.ts";

/** Between looks at a server that starts or stops; both take tens of milliseconds. */
const lookEveryMs = 10;
/** Repairing after a crash takes as long as it takes; the log says so this often. */
const remindEveryMs = 10_000;
/** A fast shutdown writes a checkpoint first. After this the server is stopped without, and repairs when it starts. */
const fastShutdownMs = 30_000;
/** An immediate shutdown only ends processes. */
const immediateShutdownMs = 5_000;
/** A log that has grown past this begins anew at the next start; the last one is kept. */
const longestLogBytes = 16 * 1024 * 1024;

export interface StartOptions {
  readonly clusterDir: string;
  readonly dataDir: string;
  readonly binaries: PostgresBinaries;
  readonly runAs: RunAs;
  readonly settings: Record<string, string>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Told when the process ends. */
  readonly onExit: () => void;
}

/**
 * Starts `postgres` in a session of its own, so that neither a Ctrl-C in the terminal nor our own death ends it, and
 * waits until it takes connections. Resolves with its process id.
 * @throws EmbeddedPostgresError with the reason from its log
 */
export async function startPostmaster(options: StartOptions): Promise<number> {
  const { clusterDir, dataDir, binaries, runAs, settings, signal } = options;
  signal.throwIfAborted();
  const logPath = join(dataDir, "postgres.log");
  await using output = await openLog(logPath);
  const from = (await output.stat()).size;
  const child = spawn(binaries.postgres, ["-D", clusterDir, ...settingArguments(settings)], {
    ...processOptions(runAs),
    detached: true,
    stdio: ["ignore", output.fd, output.fd],
  });
  if (child.pid === undefined) {
    const [error] = (await once(child, "error")) as unknown[]; // the event's arguments
    const why = messageOf(error);
    throw new EmbeddedPostgresError(
      `PostgreSQL could not be started as ${runAs.name}: ${why}; set HEARTH_PG_CONNECTION_URL to a PostgreSQL of your own.`,
      { cause: error },
    );
  }
  child.unref();
  child.on("exit", options.onExit);
  try {
    if ((await waitUntilReady({ ...options, pid: child.pid })) === "ready") return child.pid;
  } catch (error) {
    await stopPostmaster({ ...options, pid: child.pid, signal: AbortSignal.abort() });
    throw error;
  }
  throw explainFailure("PostgreSQL could not be started", dataDir, await readFrom(logPath, from));
}

/** Waits until the server takes connections, or has ended. Rejects only when the signal aborts. */
export async function waitUntilReady(options: {
  pid: number;
  clusterDir: string;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}): Promise<"ready" | "ended"> {
  const { pid, clusterDir, clock, log, signal } = options;
  for (let waitedMs = 0; await isPostmaster(pid, clusterDir); waitedMs += lookEveryMs) {
    const file = await readPostmasterPid(clusterDir);
    if (file?.pid === pid && file.status === "ready") return "ready";
    if (waitedMs > 0 && waitedMs % remindEveryMs === 0) log.info({ pid }, "PostgreSQL is still starting");
    await clock.sleep(lookEveryMs, { signal, tag: "embedded postgres start" });
  }
  return "ended";
}

/**
 * Stops the server and waits for its end: fast (connections are cut, nothing needs repair), then, after half a
 * minute or once the signal aborts, at once (it repairs itself when it starts again).
 * @throws EmbeddedPostgresError when it is still there after a SIGKILL
 */
export async function stopPostmaster(options: {
  pid: number;
  clusterDir: string;
  clock: Clock;
  log: Logger;
  signal?: AbortSignal | undefined;
}): Promise<void> {
  const { pid, clusterDir, clock, log, signal } = options;
  const stages: { send: NodeJS.Signals; waitMs: number; until?: AbortSignal | undefined }[] = [
    { send: "SIGINT", waitMs: fastShutdownMs, until: signal },
    { send: "SIGQUIT", waitMs: immediateShutdownMs },
    { send: "SIGKILL", waitMs: immediateShutdownMs },
  ];
  for (const { send, waitMs, until } of stages) {
    if (!(await isPostmaster(pid, clusterDir))) return;
    if (send !== "SIGINT") log.warn({ pid, signal: send }, "PostgreSQL did not stop in time");
    kill(pid, send);
    for (let waitedMs = 0; waitedMs < waitMs && until?.aborted !== true; waitedMs += lookEveryMs) {
      if (!(await isPostmaster(pid, clusterDir))) return;
      await clock.sleep(lookEveryMs, { tag: "embedded postgres stop" });
    }
  }
  if (await isPostmaster(pid, clusterDir)) {
    throw new EmbeddedPostgresError(`PostgreSQL (process ${pid}) cannot be stopped; its disk may hang.`, {
      cause: undefined,
    });
  }
}

function kill(pid: number, send: NodeJS.Signals): void {
  try {
    process.kill(pid, send);
  } catch (error) {
    // It ended between the look and the signal, which is what the signal was for.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

async function openLog(path: string): Promise<Awaited<ReturnType<typeof open>>> {
  const { size } = await stat(path).catch(() => ({ size: 0 })); // the first start has none
  if (size > longestLogBytes) await rename(path, `${path}.1`);
  return await open(path, "a+", 0o600);
}

/** What was written to the file from that place on, its end when that is much. */
async function readFrom(path: string, from: number): Promise<string> {
  await using handle = await open(path, "r");
  const { size } = await handle.stat();
  const start = Math.max(from, size - 16_384);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
  return buffer.subarray(0, bytesRead).toString();
}
