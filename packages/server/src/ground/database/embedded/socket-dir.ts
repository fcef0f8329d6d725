import { createHash } from "node:crypto";
import { chmod, chown, lstat, mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmbeddedPostgresError } from "./errors.ts";
import { explainFileError } from "./explain-failure.ts";
import type { RunAs } from "./run-as.ts";

/** A Unix socket's path has 108 bytes in Linux, the closing zero among them (`sun_path`, unix(7)). */
const longestSocketPathBytes = 107;
/** PostgreSQL's name for the socket of port 5432, in whatever directory. */
const socketName = ".s.PGSQL.5432";

/** Names the data directory where its path is too long or too public. */
export function clusterId(clusterDir: string): string {
  return createHash("sha256").update(clusterDir).digest("hex").slice(0, 16);
}

/**
 * Where the socket of the cluster goes: beside it, or, where that path is too long for a socket, in a directory of the
 * temporary one that is named after it. Pure.
 */
export function chooseSocketDir(dataDir: string, clusterDir: string, temporaryDir: string = tmpdir()): string {
  const name = `hearth-postgres-${clusterId(clusterDir)}`;
  const fits = [join(dataDir, "postgres-socket"), join(temporaryDir, name)].find(
    (directory) => Buffer.byteLength(join(directory, socketName)) <= longestSocketPathBytes,
  );
  return fits ?? join("/tmp", name);
}

/**
 * Makes the directory, for the user alone: whoever can enter it is let into the database without a password. What a
 * server that was killed left in it is removed; the caller has made sure that none runs.
 * @throws EmbeddedPostgresError when something else is there, as another user may have prepared in a shared `/tmp`
 */
export async function ensureSocketDir(socketDir: string, runAs: RunAs): Promise<void> {
  try {
    await mkdir(socketDir, { mode: 0o700 });
    if (runAs.isOther) await chown(socketDir, runAs.uid, runAs.gid);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST"))
      throw explainFileError(error, socketDir);
  }
  const found = await lstat(socketDir);
  // Root may have made it and been killed before giving it away.
  const isOurs = found.isDirectory() && (found.uid === runAs.uid || found.uid === process.geteuid?.());
  if (!isOurs) {
    throw new EmbeddedPostgresError(
      `${socketDir}, where PostgreSQL's socket goes, is not a directory of ${runAs.name}; remove it.`,
      { cause: undefined },
    );
  }
  await chmod(socketDir, 0o700);
  if (found.uid !== runAs.uid) await chown(socketDir, runAs.uid, runAs.gid);
  // PostgreSQL takes a lock file seriously while its number belongs to any process of its user, even a zombie.
  for (const name of [socketName, `${socketName}.lock`]) await rm(join(socketDir, name), { force: true });
}
