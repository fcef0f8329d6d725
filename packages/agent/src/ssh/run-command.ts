import type { Writable } from "node:stream";
import type { Channel } from "ssh2";
import type { Exit } from "#processes/exit.ts";
import type { Command, Processes, TerminalSize } from "#processes/processes.ts";
import type { ChannelOutput } from "#ssh/channel-output.ts";

/** What a session may still ask of its process while it runs. */
export interface Control {
  resize(size: TerminalSize): void;
  signal(signal: NodeJS.Signals): void;
}

export interface Conversation {
  readonly processes: Processes;
  readonly channel: Channel;
  readonly output: ChannelOutput;
  /** Aborts when the client has closed the channel or is gone. */
  readonly gone: AbortSignal;
  /** Given the means to steer the process, once it runs. */
  readonly onRunning: (control: Control) => void;
}

/** Ctrl-D: what ends the input of a program on a terminal. */
const endOfInput = "\x04";

/**
 * Runs a command on pipes until it has ended and all of its output is sent. Nothing when the client left before.
 *
 * A client that leaves closes the pipes and no more: what does not need them goes on, as under sshd.
 */
export async function runOnPipes(command: Command, conversation: Conversation): Promise<Exit | undefined> {
  const { processes, channel, output, gone, onRunning } = conversation;
  const process = await processes.startWithInput(command);
  onRunning({ resize: () => undefined, signal: (signal) => process.signal(signal) });
  channel.pipe(process.stdin);
  process.stdout.pipe(output.stdout);
  process.stderr.pipe(output.stderr);
  const exit = await untilGone(gone, process.exited, finished(output.stdout), finished(output.stderr));
  if (exit === undefined) for (const stream of [process.stdin, process.stdout, process.stderr]) stream.destroy();
  return exit;
}

/**
 * Runs a command on a terminal until it has ended and all of its output is sent. Nothing when the client left before;
 * the terminal is hung up then, which ends whatever did not detach itself from it.
 */
export async function runOnTerminal(
  command: Command,
  { size, greeting }: { size: TerminalSize; greeting: Promise<string> },
  { processes, channel, output, gone, onRunning }: Conversation,
): Promise<Exit | undefined> {
  const terminal = processes.openTerminal(command, size, "SSH_TTY");
  onRunning(terminal);
  try {
    const text = await greeting;
    if (text !== "") output.stdout.write(text.replace(/\r?\n/g, "\r\n"));
    channel.on("end", () => terminal.input.write(endOfInput));
    channel.pipe(terminal.input, { end: false });
    terminal.output.pipe(output.stdout);
    return await untilGone(gone, terminal.exited, finished(output.stdout));
  } finally {
    terminal.hangUp();
    terminal.input.destroy();
  }
}

/** The exit once all of `rest` is done as well, or nothing as soon as the client is gone. */
async function untilGone(
  gone: AbortSignal,
  exited: Promise<Exit>,
  ...rest: readonly Promise<void>[]
): Promise<Exit | undefined> {
  if (gone.aborted) return undefined;
  const left = Promise.withResolvers<undefined>();
  const onGone = (): void => left.resolve(undefined);
  gone.addEventListener("abort", onGone, { once: true });
  try {
    return await Promise.race([Promise.all([exited, ...rest]).then(([exit]) => exit), left.promise]);
  } finally {
    gone.removeEventListener("abort", onGone);
  }
}

function finished(stream: Writable): Promise<void> {
  return new Promise((resolve) => stream.once("finish", resolve));
}
