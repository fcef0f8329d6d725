import { once } from "node:events";
import type { Writable } from "node:stream";
import { onAbort } from "@hearth/base";
import { ApiError, type CommandStart } from "@hearth/sdk";
import { CommandError, type Command, type CommandsConnection } from "@hearth/sdk/commands";
import { Failure, Interrupted } from "#means/failure.ts";
import type { Env } from "#means/means.ts";
import type { Terminal } from "#means/terminal.ts";
import { escapes } from "#ssh/escapes.ts";

export interface CommandTerms {
  /** What runs; input and terminal are ours to say. */
  readonly request: Omit<CommandStart, "stdin" | "tty">;
  /** Whether it gets a terminal. */
  readonly hasTerminal: boolean;
  /** Whether our standard input is its. @default true */
  readonly hasInput?: boolean;
}

/** What shells end with where a program is not there, or is none. */
const exitCodes: Readonly<Record<string, number>> = { command_not_found: 127, not_executable: 126 };

/**
 * Runs a command on the far end, connected to our standard streams, and gives its exit status: 128 and the signal's number
 * when a signal ended it, 127 and 126 where there is no such program, or it is none. Signals that we get are passed on.
 *
 * @throws Failure when it could not be started otherwise, or the connection broke; ApiError `exec_unsupported`;
 *   Interrupted after `~.`
 */
export async function runCommand(
  connection: CommandsConnection,
  { request, hasTerminal, hasInput = true }: CommandTerms,
  { terminal, env, signal }: { terminal: Terminal; env: Env; signal: AbortSignal },
): Promise<number> {
  const command = connection.start({
    ...request,
    stdin: hasInput,
    ...(hasTerminal ? { tty: terminal.size(), env: { TERM: env["TERM"] ?? "xterm-256color", ...request.env } } : {}),
  });
  using held = new DisposableStack();
  // Its own exit says how it took it; whoever asks twice does not wait for that.
  held.use(
    onAbort(signal, () => command.signal(signal.reason instanceof Interrupted ? signal.reason.signal : "SIGINT")),
  );
  if (hasTerminal) {
    held.use(terminal.raw());
    held.use(terminal.onResize(() => command.resize(terminal.size())));
  }
  try {
    await command.started;
    // Nothing of our input is taken before: where there is no such command, another way may still have all of it.
    if (hasInput) held.use(feed(command, terminal, hasTerminal && terminal.isInput));
    for await (const output of command.output) {
      if (output.from !== "dropped") await write(terminal[output.from], output.bytes);
    }
    return (await command.exit).exit_code;
  } catch (error) {
    if (error instanceof Interrupted || error instanceof ApiError) throw error;
    return exitOf(error, terminal.stderr);
  }
}

/** Shows why there was nothing to run, as a shell does, and gives its status. @throws Failure for what else went wrong */
export function exitOf(error: unknown, stderr: Writable): number {
  if (!(error instanceof CommandError)) throw error;
  const code = exitCodes[error.code];
  if (code === undefined) throw new Failure(error.message, { cause: error });
  stderr.write(`${error.message}\n`);
  return code;
}

/** Lets our standard input be the command's, as fast as it takes it. */
function feed(command: Command, { stdin }: Terminal, hasEscapes: boolean): Disposable {
  const typed = hasEscapes ? stdin.pipe(escapes(() => command.leave(new Interrupted()))) : stdin;
  const writer = command.stdin.getWriter();
  const onData = (chunk: Buffer) => {
    typed.pause();
    writer.write(chunk).then(
      () => typed.resume(),
      () => undefined, // it reads no more
    );
  };
  const onEnd = () => void writer.close().catch(() => undefined); // likewise
  typed.on("data", onData).once("end", onEnd);
  return {
    [Symbol.dispose]() {
      typed.off("data", onData).off("end", onEnd);
      stdin.unpipe();
      stdin.pause();
    },
  };
}

/** Whoever does not read us holds the command back. */
async function write(stream: Writable, bytes: Uint8Array): Promise<void> {
  if (!stream.write(bytes)) await once(stream, "drain");
}
