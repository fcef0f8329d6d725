import { statSync } from "node:fs";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { type Clock, type Logger, messageOf, Scope } from "@hearth/base";
import { CommandError } from "#commands/command-error.ts";
import { KeptCommand, type StartedProcess } from "#commands/kept-command.ts";
import { OutputRecord } from "#commands/output-record.ts";
import type { StartRequest } from "#commands/start-request.ts";
import { absolutePath } from "#environment/expand.ts";
import type { Command, Processes, RunningProcess } from "#processes/processes.ts";
import type { Surroundings } from "#processes/surroundings.ts";
import { userCommand } from "#processes/user-command.ts";
import { isFileTransfer, readMarkers } from "#ssh/commands.ts";

export interface CommandsOptions {
  readonly processes: Processes;
  readonly surroundings: () => Surroundings;
  /** Resolves once the agent knows whose it is; rejects with the signal's reason. */
  readonly known: (signal: AbortSignal) => Promise<unknown>;
  /** Resolves once what blocks the log-in has ended; rejects with the signal's reason. */
  readonly usable: (signal: AbortSignal) => Promise<void>;
  /** The agent's own folder; outputs that are long go to one in it. */
  readonly directory: string;
  /** Whom the agent runs as. */
  readonly userName: string;
  /** Whether programs that transfer files are refused. */
  readonly blocksFileTransfer: boolean;
  /** How many run or are kept at once. @default 1024 */
  readonly mostCommands?: number;
  readonly clock: Clock;
  readonly log: Logger;
}

const defaultMostCommands = 1024;
/** How long one that has ended may still be asked for. */
const keptMs = 5 * 60_000;
/** How long a command waits for the agent to hear whose it is. */
const knownTimeoutMs = 30_000;

/**
 * The commands of this workspace that run, and those that have ended in the last five minutes.
 *
 * There are never more than 1024: for a new one the oldest that has ended goes early.
 */
export class Commands {
  readonly options: CommandsOptions;
  readonly #kept = new Map<string, KeptCommand>();
  /** Those that have ended, in that order. */
  readonly #ended: KeptCommand[] = [];
  #isForgetting = false;
  readonly #closing = new AbortController();
  #starting = 0;

  constructor(options: CommandsOptions) {
    this.options = options;
  }

  /** All of them, in the order they were started in. */
  list(): KeptCommand[] {
    return [...this.#kept.values()];
  }

  find(id: string): KeptCommand | undefined {
    return this.#kept.get(id);
  }

  /** @throws CommandError `no_such_process` */
  get(id: string): KeptCommand {
    const command = this.#kept.get(id);
    if (command) return command;
    throw new CommandError("no_such_process", `There is no process ${id}, or it ended more than 5 minutes ago.`);
  }

  /**
   * Starts a command, once the workspace is as far as the request says. `signal` ends the waiting, not the command.
   * @throws CommandError when it cannot be started, with the reason; the signal's reason
   */
  async start(request: StartRequest, { signal }: { signal: AbortSignal }): Promise<KeptCommand> {
    this.#makeRoom();
    this.#starting++;
    try {
      await this.#untilDue(request, signal);
      return await this.#startNow(request);
    } finally {
      this.#starting--;
    }
  }

  /** Hangs up what runs, also what is detached, and forgets all. */
  close(): void {
    this.#closing.abort(new CommandError("not_ready", "The agent is stopping."));
    for (const command of this.#kept.values()) {
      command.end("SIGHUP");
      command.output[Symbol.dispose]();
    }
    this.#kept.clear();
  }

  #makeRoom(): void {
    const most = this.options.mostCommands ?? defaultMostCommands;
    if (this.#kept.size + this.#starting < most) return;
    const oldest = this.#ended.shift();
    if (!oldest) throw new CommandError("too_many", `${most} processes run already: end some of them first.`);
    this.#forget(oldest);
  }

  async #untilDue({ waitsUntilReady, timeoutMs }: StartRequest, signal: AbortSignal): Promise<void> {
    const { known, usable, clock } = this.options;
    using scope = new Scope(signal, this.#closing.signal);
    using forKnown = clock.timeout(knownTimeoutMs, { signal: scope.signal, tag: "command before the manifest" });
    try {
      await known(forKnown.signal);
      if (!waitsUntilReady) return;
      if (timeoutMs === undefined) return await usable(scope.signal);
      using forUsable = clock.timeout(timeoutMs, { signal: scope.signal, tag: "command before ready" });
      await usable(forUsable.signal);
    } catch (error) {
      scope.signal.throwIfAborted();
      throw new CommandError("not_ready", "The workspace was not ready in time: its start is not over yet.", error);
    }
  }

  async #startNow(request: StartRequest): Promise<KeptCommand> {
    const { clock, log, directory, blocksFileTransfer } = this.options;
    const surroundings = this.options.surroundings();
    const { task } = request;
    if (blocksFileTransfer && isFileTransfer("line" in task ? task.line : task.argv[0])) {
      throw new CommandError("transfer_blocked", "File transfer is blocked in this workspace.");
    }
    const home = surroundings.env.HOME ?? surroundings.directory;
    const { env } = readMarkers(request.env);
    const command = userCommand(
      task,
      {
        env,
        term: request.tty && (env.TERM || "xterm-256color"),
        directory: request.directory && absolutePath(request.directory, { home, base: surroundings.directory }),
      },
      surroundings,
    );
    const process = await this.#spawn(command, request);
    const output = new OutputRecord({ directory: join(directory, "output"), log });
    const { tty, detach, timeoutMs } = request;
    const kept = new KeptCommand(process, { task, tty, detach, timeoutMs }, { directory: command.cwd, output, clock });
    this.#kept.set(kept.id, kept);
    kept.ended.subscribe(() => this.#forgetLater(kept));
    return kept;
  }

  async #spawn(command: Command, { tty, stdin }: StartRequest): Promise<StartedProcess> {
    const { processes } = this.options;
    try {
      if (tty) {
        if (!isDirectory(command.cwd)) throw noDirectory(command.cwd);
        const terminal = processes.openTerminal(command, tty, "SSH_TTY");
        return { ...terminal, stdin: terminal.input, outputs: [{ source: "stdout", stream: terminal.output }] };
      }
      if (!stdin) return onPipes(await processes.start(command));
      const process = await processes.startWithInput(command);
      return onPipes(process, process.stdin);
    } catch (error) {
      throw toCommandError(error, command);
    }
  }

  /** Forgets those that have ended, each five minutes after its end: one wait for all of them. */
  #forgetLater(command: KeptCommand): void {
    if (this.#closing.signal.aborted) return;
    this.#ended.push(command);
    if (this.#isForgetting) return;
    this.#isForgetting = true;
    void this.#forgetInTurn().finally(() => (this.#isForgetting = false));
  }

  async #forgetInTurn(): Promise<void> {
    const { clock } = this.options;
    try {
      for (let next = this.#ended[0]; next; next = this.#ended[0]) {
        const leftMs = (next.endedAtMs ?? 0) + keptMs - clock.now();
        await clock.sleep(leftMs, { signal: this.#closing.signal, tag: "ended command" });
        if (this.#ended[0] !== next) continue; // it had to make room
        this.#ended.shift();
        this.#forget(next);
      }
    } catch {
      // The agent stops.
    }
  }

  #forget(command: KeptCommand): void {
    if (this.#kept.delete(command.id)) command.output[Symbol.dispose]();
  }
}

function onPipes(process: RunningProcess, stdin?: Writable): StartedProcess {
  const outputs: StartedProcess["outputs"] = [
    { source: "stdout", stream: process.stdout },
    { source: "stderr", stream: process.stderr },
  ];
  return { ...process, stdin, outputs };
}

/** What the system says when a program cannot be started, for whoever named it. */
function toCommandError(error: unknown, { file, cwd }: Command): CommandError {
  if (error instanceof CommandError) return error;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (!isDirectory(cwd)) return noDirectory(cwd, error);
  if (code === "ENOENT") return new CommandError("command_not_found", `${file}: command not found`, error);
  if (code === "EACCES") return new CommandError("not_executable", `${file}: it may not be executed`, error);
  if (code === "E2BIG")
    return new CommandError("bad_request", "Arguments and environment are too long together.", error);
  return new CommandError("failed", `${file} could not be started: ${messageOf(error)}`, error);
}

function noDirectory(path: string, cause?: unknown): CommandError {
  return new CommandError("bad_directory", `${path} is no directory that can be entered.`, cause);
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
