import { PassThrough, Writable } from "node:stream";
import path from "node:path";
import { systemClock, type Clock } from "@hearth/base";
import { TestFolder } from "@hearth/base/test-folder";
import type { Sections } from "#command/tree.ts";
import type { Terminal } from "#means/terminal.ts";
import { runCli } from "../run.ts";
import { tree } from "../tree.ts";

/** What a command line came to. */
export interface Captured {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CapturedOptions {
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  readonly commands?: Sections;
}

/** A home directory of its own, in which command lines run in this process, without a terminal, streams captured. */
export class CliHome implements AsyncDisposable {
  readonly directory: string;
  readonly #folder: TestFolder;

  private constructor(folder: TestFolder) {
    this.#folder = folder;
    this.directory = folder.path;
  }

  static create(): Promise<CliHome> {
    return Promise.resolve(new CliHome(new TestFolder()));
  }

  /** Where `url` and `session` are kept. */
  get configDirectory(): string {
    return path.join(this.directory, ".config", "hearth");
  }

  async run(words: readonly string[], options: CapturedOptions = {}): Promise<Captured> {
    const stdout = new Collector();
    const stderr = new Collector();
    const stdin = new PassThrough();
    stdin.end(options.stdin ?? "");
    const status = await runCli(options.commands ?? tree, words, {
      env: { TZ: "UTC", ...options.env },
      terminal: plainTerminal(stdin, stdout, stderr),
      clock: options.clock ?? systemClock,
      signal: options.signal ?? new AbortController().signal,
      cwd: options.cwd ?? this.directory,
      home: this.directory,
      launcher: [process.execPath, path.join(import.meta.dirname, "../../bin/hearth.mjs")],
      releaseProcess: () => undefined,
      outliveOutput: () => undefined,
    });
    return { status, stdout: stdout.text, stderr: stderr.text };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}

class Collector extends Writable {
  readonly #chunks: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }
}

/** Streams that are no terminal. */
function plainTerminal(stdin: PassThrough, stdout: Writable, stderr: Writable): Terminal {
  const nothing = { [Symbol.dispose]: () => undefined };
  return {
    stdin,
    stdout,
    stderr,
    isInput: false,
    isOutput: false,
    isErrorOutput: false,
    size: () => ({ columns: 80, rows: 24 }),
    onResize: () => nothing,
    raw: () => nothing,
  };
}
