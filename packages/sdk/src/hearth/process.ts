import type { Command } from "../commands/index.ts";
import type { TerminalSize } from "../schemas/commands.ts";
import type { ExitStatus } from "./exec-result.ts";
import { split, type Split } from "./split.ts";
import { bytesOf, type BytesSource } from "./streams.ts";

/** What every process of a workspace can be asked, on a terminal or not. */
class Started implements AsyncDisposable {
  /** By which it is found again: `ws.attach(id)`. */
  readonly id: string;
  /** In the workspace. */
  readonly pid: number;
  protected readonly command: Command;

  constructor(command: Command, { process_id: id, pid }: { process_id: string; pid: number }) {
    this.command = command;
    this.id = id;
    this.pid = pid;
  }

  /**
   * Comes behind the last of its output, which therefore must be read, or canceled.
   * @throws CommandError `connection_lost`, …; why it was let go of
   */
  get exit(): Promise<ExitStatus> {
    return this.command.exit.then(({ exit_code: exitCode, signal }) => ({ exitCode, signal }));
  }

  /** Its input. Is taken as fast as it reads. */
  get stdin(): WritableStream<Uint8Array> {
    return this.command.stdin;
  }

  /** Writes to its input; resolves when that was taken. @throws CommandError once it has ended */
  async write(source: BytesSource): Promise<void> {
    const writer = this.command.stdin.getWriter();
    try {
      for await (const bytes of bytesOf(source)) await writer.write(bytes);
    } finally {
      writer.releaseLock();
    }
  }

  /** Ends its input. */
  async end(): Promise<void> {
    await this.command.stdin.close();
  }

  /** Sends a signal to it and its group. */
  kill(signal = "SIGTERM"): void {
    this.command.signal(signal);
  }

  /** Lets go of it: ends it (SIGHUP, and SIGKILL 5 s later) unless it is detached. */
  leave(): void {
    this.command.leave();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.leave();
    await Promise.resolve();
  }
}

/** A process of a workspace with two streams. What is not read of them holds it back. */
export class RunningProcess extends Started {
  #streams: Split | undefined;

  get stdout(): ReadableStream<Uint8Array> {
    return this.#split().stdout;
  }

  get stderr(): ReadableStream<Uint8Array> {
    return this.#split().stderr;
  }

  #split(): Split {
    return (this.#streams ??= split(this.command.output));
  }
}

/** A process of a workspace on a terminal. */
export class Terminal extends Started {
  #streams: Split | undefined;

  /** What it shows. */
  get output(): ReadableStream<Uint8Array> {
    return (this.#streams ??= split(this.command.output)).stdout;
  }

  /** It has another size now, in characters. */
  resize(size: TerminalSize): void {
    this.command.resize(size);
  }
}
