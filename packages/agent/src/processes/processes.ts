import type { ChildProcess, SpawnOptions } from "node:child_process";
import { closeSync } from "node:fs";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { ReadStream } from "node:tty";
import { type Clock, type Logger, once } from "@hearth/base";
import { InheritableDescriptors } from "#processes/descriptors.ts";
import { exitOf, signalGroup, type Exit } from "#processes/exit.ts";
import type { NativePty } from "#processes/native-pty.ts";
import { closePipe, inputPipesScript, makeOutputPipes, openInputPipes, type Pipe } from "#processes/pipes.ts";
import { Pool } from "#processes/pool.ts";
import { spawn } from "#processes/spawn.ts";
import { terminalInput, terminalOutput } from "#processes/terminal-streams.ts";

/** What every process is started with. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A process in a session and process group of its own. */
export interface RunningProcess {
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The process itself has ended. Its output may still be open: children inherit it. */
  readonly exited: Promise<Exit>;
  /** To the process and everything in its group. Nothing happens when all of it is gone. */
  signal(signal: NodeJS.Signals): void;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A process on a terminal of its own. */
export interface TerminalProcess {
  readonly pid: number;
  /** The path of the terminal, `/dev/pts/…`. */
  readonly tty: string;
  readonly input: Writable;
  /** Ends when the terminal is hung up and everything was read. Reading slowly slows the process down. */
  readonly output: Readable;
  readonly exited: Promise<Exit>;
  resize(size: TerminalSize): void;
  signal(signal: NodeJS.Signals): void;
  /** Takes the terminal away: the system sends SIGHUP to its session. The output ends. */
  hangUp(): void;
}

export interface ProcessesOptions {
  /** A folder of the agent's own for what must have a path for a moment. */
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Loads the native module; called when the first terminal is opened, because agents without one are many. */
  readonly loadPty: () => NativePty;
}

/**
 * Becomes the command (the arguments from the second) on the terminal (the first). It opens the terminal by its path:
 * the descriptors we have are non-blocking, and opening it as the leader of a new session makes it the controlling one.
 */
const becomeCommand = `stty iutf8 2>/dev/null; tty=$1; shift; exec "$@" <>"$tty" >&0 2>&0`;

/**
 * Starts processes for everybody in the agent.
 *
 * No process may be started around it: it knows what a child must not inherit.
 */
export class Processes implements Disposable {
  readonly #options: ProcessesOptions;
  readonly #descriptors = new InheritableDescriptors();
  readonly #inputs: Pool<Pipe>;
  readonly #outputs: Pool<Pipe>;
  #pty: NativePty | undefined;

  constructor(options: ProcessesOptions) {
    this.#options = options;
    const { directory, log } = options;
    const pool = { destroy: closePipe, log };
    this.#inputs = new Pool({ ...pool, name: "input pipes", lowWater: 3, make: () => this.#makeInputPipes() });
    this.#outputs = new Pool({
      ...pool,
      name: "output pipes",
      lowWater: 6,
      make: () => makeOutputPipes(directory, (file, args) => this.#runQuietly(file, args)),
    });
  }

  /** Makes ready what the first process waits for otherwise. Never rejects. */
  readonly prepare: () => Promise<void> = once(async () => {
    await Promise.all([this.#prepareOutputs(), this.#prepareInputs()]);
  });

  // Apart: who is fed nothing need not wait for what would feed it.
  readonly #prepareOutputs: () => Promise<void> = once(() => this.#outputs.fill());
  readonly #prepareInputs: () => Promise<void> = once(() => this.#inputs.fill());

  /**
   * Starts a process without standard input (`/dev/null`).
   * @throws the system's error (`ENOENT`, `EACCES`, …) when it cannot be started.
   */
  async start(command: Command): Promise<RunningProcess> {
    const { process } = await this.#start(command, false);
    return process;
  }

  /** The same for a process that is fed. Writing to one that no longer reads is not an error; the data is dropped. */
  async startWithInput(command: Command): Promise<RunningProcess & { readonly stdin: Writable }> {
    const { process, stdin } = await this.#start(command, true);
    if (stdin === undefined) throw new Error(`No standard input was made for ${command.file}.`);
    return { ...process, stdin };
  }

  /**
   * Starts a process on a new terminal, which takes its input for UTF-8 (a backspace takes away a character, not a byte).
   * `ttyVariable` is the name of a variable that is to hold the terminal's path.
   * @throws when no terminal can be opened. That the command does not exist is told on the terminal, with status 127.
   */
  openTerminal(command: Command, size: TerminalSize, ttyVariable?: string): TerminalProcess {
    this.#pty ??= this.#options.loadPty();
    const pty = this.#pty;
    const { master, slave, pty: tty } = pty.open(size.columns, size.rows);
    let isOpen = true;
    this.#descriptors.add(master);
    this.#descriptors.add(slave);
    let child: ChildProcess;
    try {
      const args = ["-c", becomeCommand, "sh", tty, command.file, ...command.args];
      const env = ttyVariable === undefined ? command.env : { ...command.env, [ttyVariable]: tty };
      child = this.#spawn(
        "/bin/sh",
        args,
        { ...command, env },
        { stdio: this.#descriptors.cover([slave, slave, slave]) },
      );
    } finally {
      this.#descriptors.remove(slave);
      closeSync(slave);
    }
    const source = new ReadStream(master);
    const close = (): void => {
      if (isOpen) this.#descriptors.remove(master);
      isOpen = false;
    };
    source.once("close", close);
    const output = terminalOutput(source);
    if (child.pid === undefined) {
      output.destroy();
      child.on("error", (error) => this.#options.log.warn({ err: error }, "no shell to start a terminal with"));
      throw new Error("A terminal needs /bin/sh, which cannot be started here.");
    }
    const { pid } = child;
    return {
      pid,
      tty,
      output,
      input: terminalInput(master, { clock: this.#options.clock, isOpen: () => isOpen }),
      exited: exitOf(child),
      resize: ({ columns, rows }) => {
        if (isOpen && columns > 0 && rows > 0) pty.resize(master, columns, rows);
      },
      signal: (signal) => signalGroup(pid, signal),
      hangUp: () => {
        close();
        output.destroy();
      },
    };
  }

  [Symbol.dispose](): void {
    this.#inputs[Symbol.dispose]();
    this.#outputs[Symbol.dispose]();
    this.#descriptors[Symbol.dispose]();
  }

  async #start(
    { file, args, ...where }: Command,
    hasInput: boolean,
  ): Promise<{ process: RunningProcess; stdin: Writable | undefined }> {
    await (hasInput ? this.prepare() : this.#prepareOutputs());
    const taken = {
      stdin: hasInput ? this.#inputs.take() : undefined,
      stdout: this.#outputs.take(),
      stderr: this.#outputs.take(),
    };
    const stdio = this.#descriptors.cover([
      hasInput ? (taken.stdin?.theirs ?? "pipe") : "ignore",
      taken.stdout?.theirs ?? "pipe",
      taken.stderr?.theirs ?? "pipe",
    ]);
    let child: ChildProcess;
    try {
      child = this.#spawn(file, args, where, { stdio });
    } finally {
      for (const pipe of Object.values(taken)) if (pipe) closeSync(pipe.theirs);
    }
    const stdin = writeEnd(taken.stdin) ?? child.stdin ?? undefined;
    const stdout = readEnd(taken.stdout) ?? child.stdout;
    const stderr = readEnd(taken.stderr) ?? child.stderr;
    stdin?.on("error", () => undefined); // EPIPE: it reads no more, which is its own business
    const { pid } = child;
    if (pid === undefined || stdout === null || stderr === null) {
      for (const stream of [stdin, stdout, stderr]) stream?.destroy();
      throw await new Promise<unknown>((resolve) => child.on("error", resolve));
    }
    const signal = (name: NodeJS.Signals): void => signalGroup(pid, name);
    return { process: { pid, stdout, stderr, exited: exitOf(child), signal }, stdin };
  }

  /** Runs something of our own to its end. @throws when it cannot be started or fails. */
  async #runQuietly(file: string, args: readonly string[]): Promise<void> {
    const stdio = this.#descriptors.cover(["ignore", "ignore", "ignore"]);
    const child = spawn(file, args, { stdio });
    const exit = await new Promise<Exit>((resolve, reject) => {
      child.on("error", reject);
      void exitOf(child).then(resolve);
    });
    if (exit.code !== 0) throw new Error(`${file} ended with ${exit.signal ?? `status ${exit.code}`}.`);
  }

  async #makeInputPipes(): Promise<Pipe[]> {
    const stdio = this.#descriptors.cover(["pipe", "pipe", "ignore"]);
    const holder = spawn("/bin/sh", ["-c", inputPipesScript], { stdio });
    const { stdin, stdout } = holder;
    if (!stdin || !stdout) throw new Error("/bin/sh cannot be started here.");
    try {
      const pid = await new Promise<number>((resolve, reject) => {
        holder.on("error", reject);
        stdin.on("error", reject);
        stdout.once("data", (line) => resolve(Number(line)));
        stdout.once("end", () => reject(new Error("/bin/sh ended before it had made any pipes.")));
      });
      return openInputPipes(pid);
    } finally {
      stdin.destroy();
      stdout.destroy();
    }
  }

  #spawn(
    file: string,
    args: readonly string[],
    { cwd, env }: { cwd: string; env: Readonly<Record<string, string>> },
    options: SpawnOptions,
  ): ChildProcess {
    return spawn(file, args, { ...options, cwd, env, detached: true });
  }
}

function readEnd(pipe: Pipe | undefined): Readable | undefined {
  return pipe && new Socket({ fd: pipe.ours, readable: true, writable: false });
}

function writeEnd(pipe: Pipe | undefined): Writable | undefined {
  return pipe && new Socket({ fd: pipe.ours, readable: false, writable: true });
}
