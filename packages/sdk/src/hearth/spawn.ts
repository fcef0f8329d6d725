import { Scope } from "@hearth/base";
import type { Command } from "../commands/index.ts";
import type { CommandStart, TerminalSize } from "../schemas/commands.ts";
import { startOf, type CommandSettings } from "./exec.ts";
import type { CommandLine } from "./exec-result.ts";
import { RunningProcess, Terminal } from "./process.ts";
import type { SharedCommands } from "./shared-commands.ts";

/** How a process is started. */
export interface SpawnOptions extends CommandSettings {
  /** It is fed: with `false` its input ends at once. @default false */
  readonly stdin?: boolean | undefined;
  /** It outlives this program: {@link RunningProcess.id} finds it again. @default false */
  readonly detach?: boolean | undefined;
  /** Ends it (SIGTERM, and SIGKILL 5 s later) after so many milliseconds, wherever this program is then. */
  readonly timeoutMs?: number | undefined;
  /** Lets go of it: ends it unless it is detached. */
  readonly signal?: AbortSignal | undefined;
}

/** A command on a terminal. */
export interface PtyOptions extends Omit<SpawnOptions, "stdin">, Partial<TerminalSize> {
  /** @default the user's shell */
  readonly command?: string | readonly string[] | undefined;
}

/** From where on to follow a process, and until when. */
export interface AttachOptions {
  /** Bytes of both streams as they were read, from its beginning. @default 0 */
  readonly after?: number | undefined;
  /** Lets go of it; it goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** What terminals have where nobody says otherwise. */
const usualSize: TerminalSize = { columns: 80, rows: 24 };

/** The user's shell, as a log-in starts it. */
const shell = 'exec "${SHELL:-/bin/sh}" -l';

/** Starts a process with two streams. @throws CommandError; ApiError; the signal's reason */
export async function spawn(
  commands: SharedCommands,
  line: CommandLine,
  options: SpawnOptions,
): Promise<RunningProcess> {
  const { stdin = false } = options;
  const command = await start(commands, { ...startOf(line, options), stdin }, options);
  return new RunningProcess(command, await command.started);
}

/** Starts a process on a terminal. @throws as {@link spawn} */
export async function openTerminal(commands: SharedCommands, options: PtyOptions): Promise<Terminal> {
  const { command: line = shell, columns = usualSize.columns, rows = usualSize.rows } = options;
  const command = await start(commands, { ...startOf(line, options), tty: { columns, rows } }, options);
  return new Terminal(command, await command.started);
}

/** Follows a process that somebody started. @throws as {@link spawn} */
export async function attach(
  commands: SharedCommands,
  processId: string,
  { after = 0, signal }: AttachOptions,
): Promise<RunningProcess> {
  const command = await held(signal, (span) => commands.attach(processId, after, span));
  return new RunningProcess(command, await command.started);
}

async function start(
  commands: SharedCommands,
  what: CommandStart,
  { detach = false, timeoutMs, signal }: Pick<SpawnOptions, "detach" | "timeoutMs" | "signal">,
): Promise<Command> {
  const request = { ...what, detach, ...(timeoutMs === undefined ? {} : { timeout_ms: timeoutMs }) };
  return await held(signal, (span) => commands.start(request, span));
}

/** A command whose caller's signal is let go of at its end. */
async function held(
  signal: AbortSignal | undefined,
  begin: (signal: AbortSignal) => Promise<Command>,
): Promise<Command> {
  const span = new Scope(signal);
  const end = () => span.end();
  try {
    const command = await begin(span.signal);
    command.exit.then(end, end);
    return command;
  } catch (error) {
    end();
    throw error;
  }
}
