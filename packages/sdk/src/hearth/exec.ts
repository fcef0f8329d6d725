import { messageOf, Scope } from "@hearth/base";
import type { Command } from "../commands/index.ts";
import { ExecFailed, type CommandLine, type ExecResult } from "./exec-result.ts";
import type { Ground, WaitOptions } from "./means.ts";
import type { SharedCommands } from "./shared-commands.ts";
import { bytesOf, eachOf, type BytesSource } from "./streams.ts";
import { Tail } from "./tail.ts";

/** Environment, directory and the moment of its start: the same for each way to run something. */
export interface CommandSettings {
  /** Over the workspace's own environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Absolute, relative to the workspace's directory, or from `~`. @default the workspace's directory */
  readonly directory?: string | undefined;
  /** "ready" begins once start scripts that block log-in have ended, "none" at once. @default "ready" */
  readonly wait?: "ready" | "none" | undefined;
}

/** What a command is fed, who hears what it says, and how long it may take. */
export interface ExecOptions extends CommandSettings, WaitOptions {
  /** @default nothing: it reads the end of its input at once */
  readonly stdin?: BytesSource | undefined;
  /** Hears what it says in whole characters, as it comes; what it promises is waited for before more is read. */
  readonly onStdout?: ((text: string) => unknown) | undefined;
  readonly onStderr?: ((text: string) => unknown) | undefined;
  /** Rejects with {@link ExecFailed} when the exit code is not 0. @default false */
  readonly check?: boolean | undefined;
  /** How many bytes of each stream the result has at most: the last ones. @default 16 MiB */
  readonly keepBytes?: number | undefined;
}

const usuallyKeptBytes = 16 * 1024 * 1024;

/** What the protocol calls a command line. */
export function startOf(line: CommandLine, settings: CommandSettings) {
  const { env, directory, wait } = settings;
  return {
    ...(typeof line === "string" ? { shell: line } : { argv: [...line] }),
    ...(env === undefined ? {} : { env: { ...env } }),
    ...(directory === undefined ? {} : { directory }),
    ...(wait === undefined ? {} : { wait }),
  };
}

/**
 * Runs it to its end. Whoever gives it up, by signal or time, ends the command.
 * @throws CommandError; ApiError; ExecFailed; the signal's reason, or a `TimeoutError`
 */
export async function exec(
  { clock }: Pick<Ground, "clock">,
  commands: SharedCommands,
  line: CommandLine,
  options: ExecOptions,
): Promise<ExecResult> {
  const { timeoutMs, signal, stdin, check = false, keepBytes = usuallyKeptBytes } = options;
  using span = timeoutMs === undefined ? new Scope(signal) : clock.timeout(timeoutMs, { signal, tag: "exec" });
  const start = { ...startOf(line, options), ...(stdin === undefined ? {} : { stdin: true }) };
  const command = await commands.start(start, span.signal);
  const said = {
    stdout: new Said(keepBytes, options.onStdout),
    stderr: new Said(keepBytes, options.onStderr),
  };
  let droppedBytes = 0;
  try {
    // What a command does not read of its input is no fault: it may have ended.
    if (stdin !== undefined) feed(command, stdin).catch(() => undefined);
    for await (const output of eachOf(command.output)) {
      if (output.from === "dropped") droppedBytes += output.droppedBytes;
      else await said[output.from].hear(output.bytes);
    }
    await said.stdout.end();
    await said.stderr.end();
  } catch (error) {
    command.leave(error);
    throw error;
  }
  const { exit_code: exitCode, signal: by } = await command.exit;
  const result: ExecResult = {
    stdout: said.stdout.tail.text(),
    stderr: said.stderr.tail.text(),
    exitCode,
    signal: by,
    droppedBytes: droppedBytes + said.stdout.tail.droppedBytes + said.stderr.tail.droppedBytes,
  };
  if (check && exitCode !== 0) throw new ExecFailed(line, result);
  return result;
}

async function feed({ stdin }: Command, source: BytesSource): Promise<void> {
  const writer = stdin.getWriter();
  try {
    for await (const bytes of bytesOf(source)) await writer.write(bytes);
    await writer.close();
  } catch (error) {
    await writer.abort(messageOf(error));
    throw error;
  }
}

/** One stream of a command: kept, and told of in whole characters. */
class Said {
  readonly tail: Tail;
  readonly #onText: ((text: string) => unknown) | undefined;
  readonly #decoder = new TextDecoder();

  constructor(keepBytes: number, onText: ((text: string) => unknown) | undefined) {
    this.tail = new Tail(keepBytes);
    this.#onText = onText;
  }

  async hear(bytes: Uint8Array): Promise<void> {
    this.tail.push(bytes);
    await this.#tell(this.#decoder.decode(bytes, { stream: true }));
  }

  async end(): Promise<void> {
    await this.#tell(this.#decoder.decode());
  }

  async #tell(text: string): Promise<void> {
    if (text !== "") await this.#onText?.(text);
  }
}
