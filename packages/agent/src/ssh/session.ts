import { messageOf, onAbort } from "@hearth/base";
import { homedir } from "node:os";
import type { Channel, Session } from "ssh2";
import { type Exit, statusOf } from "#processes/exit.ts";
import type { TerminalSize } from "#processes/processes.ts";
import { userCommand } from "#processes/user-command.ts";
import { forwardAgent } from "#ssh/agent-forwarding.ts";
import { ChannelOutput } from "#ssh/channel-output.ts";
import {
  blockedStatus,
  fromSshSignal,
  isFileTransfer,
  readMarkers,
  sessionFailedStatus,
  toSshSignal,
} from "#ssh/commands.ts";
import type { SshConnection } from "#ssh/connection.ts";
import { type Control, type Conversation, runOnPipes, runOnTerminal } from "#ssh/run-command.ts";
import { serveSftp } from "#ssh/sftp/server.ts";

/** What a client has asked for before the session proper began. */
interface Preparations {
  readonly env: Record<string, string>;
  terminal: { readonly term: string; size: TerminalSize } | undefined;
}

/** The one thing a session does. */
type Task = { readonly do: "shell" } | { readonly do: "exec"; readonly command: string } | { readonly do: "sftp" };

/** Serves one session: a shell, a command or a file transfer (RFC 4254, section 6). */
export function serveSession(session: Session, context: SshConnection): void {
  const gone = new AbortController();
  const prepared: Preparations = { env: {}, terminal: undefined };
  let control: Control | undefined;
  const leave = (): void => {
    context.ended.removeEventListener("abort", leave);
    gone.abort();
  };
  context.ended.addEventListener("abort", leave, { once: true });
  session.on("close", leave);

  session.on("env", (accept: (() => void) | undefined, _reject, { key, val }) => {
    prepared.env[key] = val;
    accept?.();
  });
  session.on("pty", (accept: (() => void) | undefined, _reject, { term, cols, rows }) => {
    prepared.terminal = { term: term || "xterm-256color", size: { columns: cols || 80, rows: rows || 24 } };
    accept?.();
  });
  session.on("window-change", (accept: (() => void) | undefined, _reject, { cols, rows }) => {
    const size = { columns: cols, rows };
    if (prepared.terminal) prepared.terminal.size = size;
    control?.resize(size);
    accept?.();
  });
  session.on("signal", (accept: (() => void) | undefined, _reject, { name }) => {
    const signal = fromSshSignal(name);
    if (signal) control?.signal(signal);
    accept?.();
  });
  session.on("auth-agent", (accept: (() => void) | undefined) => {
    prepared.env.SSH_AUTH_SOCK = forwardAgent({ ...context, ended: gone.signal });
    accept?.();
  });
  session.on("shell", (accept) => begin(accept(), { do: "shell" }));
  session.on("exec", (accept, _reject, { command }) => begin(accept(), { do: "exec", command }));
  session.on("subsystem", (accept, reject, { name }) => {
    if (name === "sftp") begin(accept(), { do: "sftp" });
    else reject();
  });

  function begin(channel: Channel, task: Task): void {
    const output = new ChannelOutput(channel, context.gate);
    onAbort(gone.signal, () => output.abandon()); // the session's own signal, which goes with it
    const onRunning = (running: Control): void => void (control = running);
    const conversation = { processes: context.processes, channel, output, gone: gone.signal, onRunning };
    void conduct(task, prepared, context, conversation).finally(leave);
  }
}

/** Does the task and tells the client how it ended. Never rejects. */
async function conduct(
  task: Task,
  { env: sent, terminal }: Preparations,
  context: SshConnection,
  conversation: Conversation,
): Promise<void> {
  const { env: sentEnv, type } = readMarkers(sent);
  const { output } = conversation;
  const onEnd = context.onSession(type);
  let exit: Exit | undefined;
  try {
    exit = await perform(task, { sentEnv, terminal }, context, conversation);
  } catch (error) {
    context.log.warn({ err: error, task: task.do }, "ssh session failed");
    await say(output, `This session failed: ${messageOf(error)}\n`);
    exit = { code: sessionFailedStatus, signal: undefined };
  }
  if (exit) tellExit(output, exit);
  output.close();
  onEnd(exit);
}

async function perform(
  task: Task,
  { sentEnv, terminal }: { sentEnv: Readonly<Record<string, string>>; terminal: Preparations["terminal"] },
  context: SshConnection,
  conversation: Conversation,
): Promise<Exit | undefined> {
  const { output } = conversation;
  const isTransfer = task.do === "sftp" || (task.do === "exec" && isFileTransfer(task.command));
  if (isTransfer && context.policy.blocksFileTransfer) {
    await say(output, "File transfer is blocked in this workspace.\n");
    return { code: blockedStatus, signal: undefined };
  }
  const surroundings = context.surroundings();
  if (task.do === "sftp") {
    const home = surroundings.env.HOME ?? homedir();
    const send = (packet: Buffer): Promise<void> =>
      new Promise((resolve) => output.stdout.write(packet, () => resolve()));
    await serveSftp({ input: conversation.channel, send, home, clock: context.clock, log: context.log });
    return { code: 0, signal: undefined };
  }
  const userTask = task.do === "exec" ? { line: task.command } : "login shell";
  const command = userCommand(userTask, { env: sentEnv, term: terminal?.term }, surroundings);
  if (!terminal) return await runOnPipes(command, conversation);
  const greeting = task.do === "shell" ? context.greeting() : Promise.resolve("");
  return await runOnTerminal(command, { size: terminal.size, greeting }, conversation);
}

function tellExit(output: ChannelOutput, exit: Exit): void {
  const name = exit.signal && toSshSignal(exit.signal);
  if (name === undefined) output.exit(statusOf(exit));
  else output.exitBySignal(name);
}

/** Writes to the client's standard error and waits until that is sent. */
async function say(output: ChannelOutput, text: string): Promise<void> {
  await new Promise<void>((resolve) => output.stderr.write(text, () => resolve()));
}
