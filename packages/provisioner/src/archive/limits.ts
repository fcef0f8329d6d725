import { HearthError } from "@hearth/base";

/** The budget of an archive: what it may hold, and cost. All sizes in bytes. */
export interface ArchiveLimits {
  /** Sum of all files, those that links become among them. */
  readonly totalBytes: number;
  readonly fileBytes: number;
  /** Files, links and directories (also those that only paths name), and all that links to directories make of them. */
  readonly entries: number;
  /** Of a path, and of what a link points at. */
  readonly pathBytes: number;
  /** Directories a path may go down. */
  readonly depth: number;
  /** How many times its packed size a compressed archive, or file in it, may unpack to. */
  readonly ratio: number;
  /** How long reading or converting it may take. */
  readonly timeMs: number;
}

const mebibyte = 1024 * 1024;

/** The server takes bodies up to 100 MiB; nothing inside may be larger than what could have been sent. */
export const defaultArchiveLimits: ArchiveLimits = {
  totalBytes: 100 * mebibyte,
  fileBytes: 100 * mebibyte,
  entries: 20_000,
  pathBytes: 1_024,
  depth: 64,
  // Deflate reaches about 1,030 on zeros; sources stay below 20. The rest is a bomb or a mistake.
  ratio: 200,
  timeMs: 60_000,
};

export type ArchiveFault = "broken" | "too_big" | "unsafe_path" | "unsafe_link" | "unsupported_entry" | "duplicate";

/** An archive that cannot be taken. The message names the entry and what to do about it. */
export class ArchiveError extends HearthError {
  override readonly name = "ArchiveError";
  readonly fault: ArchiveFault;
  /** The entry's path as the archive spells it; `undefined` when the archive as a whole is at fault. */
  readonly path: string | undefined;
  /** Which limit was passed; `undefined` when none was. */
  readonly limit: keyof ArchiveLimits | undefined;

  constructor(
    fault: ArchiveFault,
    message: string,
    options: { path?: string | undefined; limit?: keyof ArchiveLimits | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.fault = fault;
    this.path = options.path;
    this.limit = options.limit;
  }
}
