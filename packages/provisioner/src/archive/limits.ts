import { HearthError } from "@hearth/base";

/** How much an archive may hold once unpacked. All sizes in bytes. */
export interface ArchiveLimits {
  /** Sum of all files. */
  readonly totalBytes: number;
  readonly fileBytes: number;
  /** Files, directories and links. */
  readonly entries: number;
  readonly pathBytes: number;
  /** Directories a path may go down. */
  readonly depth: number;
  /** How many times its packed size a compressed archive, or file in it, may unpack to. */
  readonly ratio: number;
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
};

export type ArchiveFault = "broken" | "too_big" | "unsafe_path" | "unsafe_link" | "unsupported_entry" | "duplicate";

/** An archive that cannot be taken. The message names the entry and what to do about it. */
export class ArchiveError extends HearthError {
  override readonly name = "ArchiveError";
  readonly fault: ArchiveFault;
  /** The entry's path as the archive spells it; `undefined` when the archive as a whole is at fault. */
  readonly path: string | undefined;

  constructor(fault: ArchiveFault, message: string, options: { path?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.fault = fault;
    this.path = options.path;
  }
}
