import { HearthError } from "@hearth/base";

/**
 * The embedded PostgreSQL cannot be had. The message is one line that says what is wrong and what to do; it is meant
 * for the operator as it is.
 */
export class EmbeddedPostgresError extends HearthError {
  override readonly name = "EmbeddedPostgresError";
}

/** Another Hearth works on the same data directory. */
export class DataDirLockedError extends HearthError {
  override readonly name = "DataDirLockedError";
  /** Of the other Hearth; `undefined` when it could not be read. */
  readonly pid: number | undefined;

  constructor(dataDir: string, pid: number | undefined, cause: unknown) {
    super(
      `Another Hearth ${pid === undefined ? "" : `(process ${pid}) `}is using the data directory ${dataDir}; ` +
        "stop it, or set HEARTH_DATA_DIR to another directory.",
      { cause, shouldRetry: true },
    );
    this.pid = pid;
  }
}
