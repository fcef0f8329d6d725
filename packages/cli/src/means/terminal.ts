import type { Readable, Writable } from "node:stream";

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** The three standard streams, and what they are connected to. */
export interface Terminal {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly isInput: boolean;
  readonly isOutput: boolean;
  readonly isErrorOutput: boolean;
  size(): TerminalSize;
  /** Calls the listener after each change of size, until disposed. */
  onResize(listener: () => void): Disposable;
  /** Hands keys over one by one, Ctrl-C included, until disposed. */
  raw(): Disposable;
}
