import { messageOf } from "@hearth/base";
import { EmbeddedPostgresError } from "./errors.ts";

const useOwnPostgres = "set HEARTH_PG_CONNECTION_URL to a PostgreSQL of your own";

/** What PostgreSQL and the loader say, first match wins, and what an operator can do about it. */
const causes: { said: RegExp; explain: (context: { dataDir: string; match: RegExpExecArray }) => string }[] = [
  {
    said: /No space left on device|Disk quota exceeded/,
    explain: ({ dataDir }) =>
      `PostgreSQL found no space left on the disk of ${dataDir}; free some, or set HEARTH_DATA_DIR to a directory on another disk.`,
  },
  {
    said: /database files are incompatible with server[^]*?initialized by PostgreSQL version (\d+)/,
    explain: ({ dataDir, match }) =>
      `The database in ${dataDir} was made by PostgreSQL ${match[1]}, which this Hearth does not bring; run the Hearth that made it, or dump it and ${useOwnPostgres}.`,
  },
  {
    said: /could not bind Unix address "([^"]+)": Address already in use|lock file "([^"]+\.s\.PGSQL\.[^"]+)" already exists/,
    explain: ({ match }) =>
      `Another PostgreSQL is listening on ${match[1] ?? match[2]}; stop it, or set HEARTH_DATA_DIR to another directory.`,
  },
  {
    said: /lock file "[^"]+" already exists[^]*?PID (\d+)/,
    explain: ({ dataDir, match }) =>
      `Another PostgreSQL (process ${match[1]}) is using ${dataDir}; stop it, or set HEARTH_DATA_DIR to another directory.`,
  },
  {
    said: /error while loading shared libraries: ([^:\s]+)/,
    explain: ({ match }) =>
      `PostgreSQL's binaries need the library ${match[1]}, which this machine lacks; install it, or ${useOwnPostgres}.`,
  },
  {
    said: /could not (?:map anonymous shared memory|create shared memory segment|resize shared memory)[^\n]*/,
    explain: () => `PostgreSQL got too little memory to start; give this machine more, or ${useOwnPostgres}.`,
  },
  {
    said: /could not locate a valid checkpoint record|invalid checkpoint record|database system is corrupted|PANIC: {2}([^\n]+)/,
    explain: ({ dataDir }) =>
      `The database in ${dataDir} is damaged; restore a backup of the data directory. PostgreSQL's own words are in its log.`,
  },
  {
    said: /data directory "([^"]+)" has (?:wrong ownership|invalid permissions)/,
    explain: ({ match }) =>
      `PostgreSQL refuses ${match[1]} because others could read it or another user owns it; give it back to the user who runs PostgreSQL (chown -R) with mode 0700.`,
  },
  {
    said: /Permission denied/,
    explain: ({ dataDir }) =>
      `PostgreSQL was denied permission in ${dataDir}; check who owns it, or set HEARTH_DATA_DIR to a directory that you own.`,
  },
];

/**
 * The error for an `initdb` or `postgres` that ended badly. Pure.
 * @param what names what failed, as "PostgreSQL could not be started"
 * @param output what the process wrote
 */
export function explainFailure(what: string, dataDir: string, output: string): EmbeddedPostgresError {
  for (const { said, explain } of causes) {
    const match = said.exec(output);
    if (match) return new EmbeddedPostgresError(explain({ dataDir, match }), { cause: new Error(output.trim()) });
  }
  const lastWords = output.trim().split("\n").at(-1)?.trim();
  return new EmbeddedPostgresError(
    `${what} (${dataDir}): ${lastWords ? lastWords : "it ended without a word"}. If you cannot mend that, ${useOwnPostgres}.`,
    { cause: output.trim() === "" ? undefined : new Error(output.trim()) },
  );
}

/** The error for a file operation that failed in the data directory. Pure. */
export function explainFileError(error: unknown, path: string): EmbeddedPostgresError {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return new EmbeddedPostgresError(explainCode(code, path, error), { cause: error });
}

function explainCode(code: unknown, path: string, error: unknown): string {
  switch (code) {
    case "EACCES":
    case "EPERM":
      return `Hearth may not write to ${path}; make that directory yours, or set HEARTH_DATA_DIR to one that you own.`;
    case "EROFS":
      return `${path} is on a read-only file system; set HEARTH_DATA_DIR to a directory that can be written.`;
    case "ENOSPC":
    case "EDQUOT":
      return `There is no space left on the disk of ${path}; free some, or set HEARTH_DATA_DIR to a directory on another disk.`;
    case "ENOTDIR":
    case "EEXIST":
      return `${path} is in the way of the data directory; move it, or set HEARTH_DATA_DIR to another directory.`;
    default:
      return `The data directory ${path} cannot be used: ${messageOf(error)}.`;
  }
}
