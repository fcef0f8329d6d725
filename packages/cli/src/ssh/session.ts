import { once } from "node:events";
import { constants } from "node:os";
import { finished } from "node:stream/promises";
import type { Client, ClientChannel, PseudoTtyOptions } from "ssh2";
import { Failure, Interrupted } from "#means/failure.ts";
import type { Env } from "#means/means.ts";
import type { Terminal } from "#means/terminal.ts";
import { escapes } from "./escapes.ts";

export interface SessionOptions {
  /** `undefined` is the login shell. */
  readonly command: string | undefined;
  /** Whether the far end gets a terminal. */
  readonly hasTerminal: boolean;
  /** Set inside. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Runs a command or a shell on the far end, connected to our standard streams, and gives its exit status: 128 and the
 * signal's number when a signal ended it.
 * @throws Failure when the connection broke, Interrupted after Ctrl-C without a far terminal, and after `~.`.
 */
export async function runSession(
  client: Client,
  options: SessionOptions,
  { terminal, env, signal }: { terminal: Terminal; env: Env; signal: AbortSignal },
): Promise<number> {
  const { channel, ended } = await openChannel(client, options, terminal, env);
  const left = new AbortController();
  const { stdin, stdout, stderr } = terminal;
  using cleanup = new DisposableStack();
  if (options.hasTerminal) {
    cleanup.use(terminal.raw());
    cleanup.use(
      terminal.onResize(() => {
        const { columns, rows } = terminal.size();
        channel.setWindow(rows, columns, 0, 0);
      }),
    );
  }
  const onAbort = () => {
    channel.signal("INT");
    client.end();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  cleanup.defer(() => signal.removeEventListener("abort", onAbort));

  channel.pipe(stdout, { end: false });
  channel.stderr.pipe(stderr, { end: false });
  const leave = () => {
    left.abort();
    client.destroy();
  };
  const typed = options.hasTerminal && terminal.isInput ? stdin.pipe(escapes(leave)) : stdin;
  typed.pipe(channel);
  cleanup.defer(() => {
    typed.unpipe();
    stdin.unpipe();
    stdin.pause();
  });
  try {
    return await ended;
  } catch (error) {
    if (signal.aborted || left.signal.aborted) throw new Interrupted();
    throw error;
  }
}

interface Session {
  readonly channel: ClientChannel;
  /** The exit status, once both outputs have been read to their end. */
  readonly ended: Promise<number>;
}

function openChannel(client: Client, options: SessionOptions, terminal: Terminal, env: Env): Promise<Session> {
  const { promise, resolve, reject } = Promise.withResolvers<Session>();
  const opened = (error: Error | undefined, channel: ClientChannel) => {
    if (error) reject(new Failure("The agent opens no session.", { cause: error, details: [error.message] }));
    // Watched from the first moment: a short command's whole life may arrive in one packet.
    else resolve({ channel, ended: watchEnd(client, channel) });
  };
  const pty = options.hasTerminal ? ptyOf(terminal, env) : false;
  const variables = { ...options.variables };
  if (options.command === undefined) client.shell(pty, { env: variables }, opened);
  else client.exec(options.command, { pty, env: variables }, opened);
  return promise;
}

function ptyOf(terminal: Terminal, env: Env): PseudoTtyOptions {
  const { columns, rows } = terminal.size();
  return { term: env["TERM"] ?? "xterm-256color", cols: columns, rows, width: 0, height: 0 };
}

async function watchEnd(client: Client, channel: ClientChannel): Promise<number> {
  let status: number | undefined;
  channel.on("exit", (code: number | null, signalName?: string) => {
    status = code ?? 128 + signalNumber(signalName);
  });
  const lost = new Promise<never>((_resolve, reject) => {
    client.on("error", (error) =>
      reject(new Failure("The connection to the workspace was lost.", { cause: error, details: [error.message] })),
    );
    client.once("close", () => {
      // The channel's own end comes first when all is in order.
      if (status === undefined) reject(new Failure("The connection to the workspace was lost."));
    });
  });
  // What ended the command may be told after the last of its output; the close comes after both.
  const closed = once(channel, "close");
  await Promise.race([Promise.all([finished(channel, { writable: false }), finished(channel.stderr), closed]), lost]);
  if (status === undefined) throw new Failure("The session ended without an exit status.");
  return status;
}

function signalNumber(name: string | undefined): number {
  const numbers: Readonly<Record<string, number>> = constants.signals;
  return numbers[name ?? ""] ?? 1;
}
