import { access, constants, mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { DataDirLockedError } from "./errors.ts";
import { explainFileError } from "./explain-failure.ts";

/** SQLite's result code for a file that another process has locked. */
const sqliteBusy = 5;

/** Held until it is disposed or its process ends, in whatever way. */
export interface DataDirLock extends Disposable {
  readonly dataDir: string;
}

/**
 * Makes this process the only Hearth on the data directory, which is created when there is none.
 *
 * The lock is the operating system's own (a record lock on `hearth.lock`), so it dies with the process, even by
 * SIGKILL, and holds between containers that share the directory. Node has no call for such locks; an exclusive
 * SQLite transaction that is never written takes one. `hearth.pid` beside it only names the holder.
 *
 * @throws DataDirLockedError when another process, or another part of this one, holds it
 * @throws EmbeddedPostgresError when the directory cannot be made or written
 */
export async function lockDataDir(dataDir: string): Promise<DataDirLock> {
  return await lockDirectory(dataDir, "hearth");
}

/** The same for a part of the data directory: `<name>.lock` and `<name>.pid`. */
export async function lockDirectory(directory: string, name: string): Promise<DataDirLock> {
  const dataDir = resolve(directory);
  await ensureDataDir(dataDir);
  const pidFile = join(dataDir, `${name}.pid`);
  const lockFile = join(dataDir, `${name}.lock`);
  const database = new DatabaseSync(lockFile, { open: false, timeout: 0 });
  try {
    database.open();
    database.exec("pragma locking_mode = exclusive; begin exclusive");
  } catch (error) {
    if (database.isOpen) database.close();
    if (isBusy(error)) throw new DataDirLockedError(dataDir, await readPid(pidFile), error);
    throw explainFileError(await fileErrorOf(dataDir, error), dataDir);
  }
  try {
    await writeFile(pidFile, `${process.pid}\n`);
  } catch (error) {
    // It only names us to others; a full disk is no reason not to start.
    if (!isFull(error)) {
      database.close();
      throw explainFileError(error, pidFile);
    }
  }
  return {
    dataDir,
    [Symbol.dispose]: () => {
      // The pid file stays: taking it away could take away that of the next holder. Closing twice is an error.
      if (database.isOpen) database.close();
    },
  };
}

/**
 * Creates the directory with its parents. As root it can be passed through, but not listed, by the user that
 * PostgreSQL runs as.
 */
async function ensureDataDir(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: process.geteuid?.() === 0 ? 0o711 : 0o700 });
  } catch (error) {
    throw explainFileError(error, dataDir);
  }
}

/** SQLite only says that it cannot open its file; the file system says why. */
async function fileErrorOf(dataDir: string, sqliteError: unknown): Promise<unknown> {
  try {
    await access(dataDir, constants.W_OK | constants.X_OK);
    return sqliteError;
  } catch (fileError) {
    return fileError;
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === sqliteBusy;
}

function isFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}

async function readPid(pidFile: string): Promise<number | undefined> {
  try {
    const pid = Number.parseInt(await readFile(pidFile, "utf8"), 10);
    return Number.isNaN(pid) ? undefined : pid;
  } catch {
    return undefined; // only a name for the message: without it the message is still true
  }
}
