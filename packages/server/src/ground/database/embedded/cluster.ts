import { execFile } from "node:child_process";
import { chown, mkdtemp, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Logger } from "@hearth/base";
import type { PostgresBinaries } from "./binaries.ts";
import { EmbeddedPostgresError } from "./errors.ts";
import { explainFailure, explainFileError } from "./explain-failure.ts";
import type { RunAs } from "./run-as.ts";

/** The one role, a superuser: the socket's directory decides who may use it. */
export const superuser = "hearth";

/** Where `initdb` works until it is done. */
const halfMadePrefix = "postgres.initdb-";

/**
 * The cluster in `clusterDir`, made by `initdb` when there is none.
 *
 * `initdb` works in a directory beside it, which takes its name only when it is complete: one that was cut short
 * leaves nothing but litter, cleared away here.
 * @throws EmbeddedPostgresError when what is there cannot be used, or none can be made
 */
export async function ensureCluster(options: {
  clusterDir: string;
  binaries: PostgresBinaries;
  runAs: RunAs;
  log: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { clusterDir, binaries, log } = options;
  await removeHalfMade(dirname(clusterDir));
  const major = await readMajor(clusterDir);
  if (major === undefined) {
    log.info({ clusterDir, version: binaries.version }, "creating the database");
    await initialize(options);
  } else if (major !== binaries.major) {
    throw new EmbeddedPostgresError(
      `The database in ${clusterDir} was made by PostgreSQL ${major}, and this Hearth brings PostgreSQL ${binaries.major}; ` +
        "run the Hearth that made it, or dump it there and restore it here, or set HEARTH_PG_CONNECTION_URL to a PostgreSQL of your own.",
      { cause: undefined },
    );
  }
}

async function initialize(options: {
  clusterDir: string;
  binaries: PostgresBinaries;
  runAs: RunAs;
  signal: AbortSignal;
}): Promise<void> {
  const { clusterDir, binaries, runAs, signal } = options;
  const dataDir = dirname(clusterDir);
  let half: string;
  try {
    half = await mkdtemp(join(dataDir, halfMadePrefix));
    if (runAs.isOther) await chown(half, runAs.uid, runAs.gid);
  } catch (error) {
    throw explainFileError(error, dataDir);
  }
  try {
    await promisify(execFile)(binaries.initdb, initdbArguments(half), { ...processOptions(runAs), signal });
  } catch (error) {
    signal.throwIfAborted();
    throw explainFailure("PostgreSQL's initdb failed", dataDir, outputOf(error));
  }
  await rename(half, clusterDir);
  await syncDirectory(dataDir);
}

function initdbArguments(directory: string): string[] {
  return [
    `--pgdata=${directory}`,
    `--username=${superuser}`,
    "--encoding=UTF8",
    // PostgreSQL's own locale: its order of strings does not change with the machine's C library, as indexes need it.
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    // Who can enter the socket's directory is let in; nobody comes over the network.
    "--auth-local=trust",
    "--auth-host=reject",
    "--no-instructions",
  ];
}

/** How PostgreSQL's programs are run: by that user, from a place it can be in, and with nothing of our environment. */
export function processOptions({ isOther, uid, gid }: RunAs): {
  cwd: string;
  env: Record<string, string>;
  uid?: number;
  gid?: number;
} {
  const env = { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };
  return isOther ? { cwd: "/", env, uid, gid } : { cwd: "/", env };
}

/** The major version that made the cluster; `undefined` when there is none. */
async function readMajor(clusterDir: string): Promise<string | undefined> {
  try {
    await stat(clusterDir);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw explainFileError(error, clusterDir);
  }
  try {
    return (await readFile(join(clusterDir, "PG_VERSION"), "utf8")).trim();
  } catch (error) {
    if (!isNotFound(error)) throw explainFileError(error, clusterDir);
    throw new EmbeddedPostgresError(
      `${clusterDir} is there but is not a PostgreSQL data directory; move it away, or set HEARTH_DATA_DIR to another directory.`,
      { cause: error },
    );
  }
}

async function removeHalfMade(dataDir: string): Promise<void> {
  try {
    for (const name of await readdir(dataDir)) {
      if (name.startsWith(halfMadePrefix)) await rm(join(dataDir, name), { recursive: true, force: true });
    }
  } catch (error) {
    throw explainFileError(error, dataDir);
  }
}

/** Makes the renaming in it last through a power cut. */
async function syncDirectory(directory: string): Promise<void> {
  await using handle = await open(directory, "r");
  await handle.sync();
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** What a program that failed wrote; why it could not be run when it never did. */
function outputOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const written = ["stdout", "stderr"].map((stream) => String(Reflect.get(error, stream) ?? "")).join("");
  return written.trim() === "" ? error.message : written;
}
