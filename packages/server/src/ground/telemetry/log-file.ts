import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** pino's number for `warn`. */
const warnLevel = 40;

export interface LogFileOptions {
  readonly file: string;
  readonly now: () => number;
  /** Told once each time that lines begin to be lost. */
  readonly onLoss?: ((error: Error) => void) | undefined;
}

/**
 * A file of lines that may be lost, but never throw: what it tells of goes on without it.
 *
 * While it cannot be written (a full disk, a directory that is gone) lines are counted. The first that can be written
 * follows one that says how many are missing. No line is ever torn.
 */
export class LogFile {
  readonly #options: LogFileOptions;
  #fd: number | undefined;
  #lost = 0;

  constructor(options: LogFileOptions) {
    this.#options = options;
  }

  /** Written through to the kernel when it returns, or lost. `line` ends in a line feed. */
  write(line: string): void {
    try {
      const fd = (this.#fd ??= this.#open());
      writeWhole(fd, this.#lost === 0 ? line : `${this.#notice()}${line}`);
      this.#lost = 0;
    } catch (error) {
      this.#giveUp(error);
    }
  }

  [Symbol.dispose](): void {
    this.#close();
  }

  #open(): number {
    mkdirSync(dirname(this.#options.file), { recursive: true });
    return openSync(this.#options.file, "a", 0o600);
  }

  #notice(): string {
    const message = "lines of this log were lost while it could not be written";
    return `${JSON.stringify({ level: warnLevel, time: this.#options.now(), lost: this.#lost, msg: message })}\n`;
  }

  #giveUp(error: unknown): void {
    this.#lost += 1;
    // The next line opens it anew: the file may have been moved, or its disk be another.
    this.#close();
    if (this.#lost === 1) this.#options.onLoss?.(error instanceof Error ? error : new Error(String(error)));
  }

  #close(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    try {
      if (fd !== undefined) closeSync(fd);
    } catch {
      // It tells, late, of a write that failed; the descriptor is free all the same.
    }
  }
}

/** All of it or nothing: a disk that fills up in the middle takes a part. */
function writeWhole(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(fd, bytes, written);
  } catch (error) {
    if (written > 0) ftruncateSync(fd, fstatSync(fd).size - written);
    throw error;
  }
}
