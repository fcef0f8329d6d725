import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Clock } from "@hearth/base";
import type { Client } from "@hearth/sdk";
import type { Sections } from "#command/tree.ts";
import { parseCommandLine, type Invocation } from "#command/invocation.ts";
import { clientOf } from "#means/client.ts";
import { describeError } from "#means/error-text.ts";
import type { Env, Launcher, Means } from "#means/means.ts";
import { createOut, type Out } from "#means/out.ts";
import { createPrompt } from "#means/prompt.ts";
import { defaultDirectory, openSession, type Session } from "#means/session.ts";
import { wantsColour } from "#means/style.ts";
import type { Terminal } from "#means/terminal.ts";
import { version } from "#version.ts";

/** Where the program runs: a process, or a test. */
export interface Host {
  readonly env: Env;
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** Aborts at the first Ctrl-C. */
  readonly signal: AbortSignal;
  readonly cwd: string;
  readonly home: string;
  readonly launcher: Launcher;
  readonly releaseProcess: () => void;
  /** From here on nothing that becomes of our output ends us or holds us up. */
  readonly outliveOutput: () => void;
}

/**
 * Runs one command line to its end and gives its exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted, or what
 * the command itself says. Never throws: what goes wrong is said on stderr.
 */
export async function runCli(tree: Sections, words: readonly string[], host: Host): Promise<number> {
  const { env, terminal, signal } = host;
  const out = outOf(host);
  let session: Session | undefined;
  let invocation: Invocation | undefined;
  try {
    const columns = terminal.isOutput ? Math.min(terminal.size().columns, 120) : 80;
    invocation = await parseCommandLine(tree, words, { columns, style: out.style });
    if (invocation.kind === "print") {
      await out.bytes(invocation.text);
      return 0;
    }
    if (invocation.command.isDaemon === true) host.outliveOutput();
    session = openSession(invocation.globals, env, host.home);
    const means = assembleMeans(host, out, session, invocation.input["yes"] === true);
    return (await invocation.command.run(invocation.input, means)) ?? 0;
  } catch (error) {
    if (signal.aborted) return 130;
    const text = describeError(error, out.noteStyle, session?.url);
    if (text !== undefined) {
      for (const line of text.lines) out.note(line);
      return text.exitCode;
    }
    await reportBug(
      error,
      out,
      session?.directory ?? defaultDirectory(env, host.home),
      invocation?.kind === "run" ? invocation.name : "hearth",
    );
    return 1;
  }
}

/** Reports an error that no command saw: thrown where nobody waited. */
export async function reportUnexpected(error: unknown, host: Host): Promise<void> {
  await reportBug(error, outOf(host), defaultDirectory(host.env, host.home), "hearth");
}

function outOf({ terminal, env, clock }: Host): Out {
  return createOut({
    stdout: terminal.stdout,
    stderr: terminal.stderr,
    colour: wantsColour(terminal.isOutput, env),
    noteColour: wantsColour(terminal.isErrorOutput, env),
    isLive: terminal.isErrorOutput && env["TERM"] !== "dumb",
    clock,
  });
}

function assembleMeans(host: Host, out: Out, session: Session, assumeYes: boolean): Means {
  let client: Client | undefined;
  return {
    get client() {
      return (client ??= clientOf(session, host.signal));
    },
    session,
    out,
    prompt: createPrompt(host.terminal, assumeYes, host.signal),
    clock: host.clock,
    signal: host.signal,
    env: host.env,
    terminal: host.terminal,
    cwd: host.cwd,
    home: host.home,
    launcher: host.launcher,
    releaseProcess: host.releaseProcess,
  };
}

/** Keeps what a bug left behind where it can be read, and says where. The words of the command may hold secrets and stay out. */
async function reportBug(error: unknown, out: Out, directory: string, command: string): Promise<void> {
  const id = crypto.randomUUID().slice(0, 8);
  const trace = error instanceof Error ? traceOf(error) : String(error);
  const file = path.join(directory, "errors", `${id}.log`);
  out.note(`${out.noteStyle.red("error:")} This is a bug in hearth (id ${id}).`);
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, `hearth ${version}, node ${process.version}\n${command}\n\n${trace}\n`, { mode: 0o600 });
    out.note(out.noteStyle.dim(`What happened is in ${file}`));
  } catch {
    // No place to keep it: the terminal is the last one.
    out.note(trace);
  }
}

function traceOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by: ${traceOf(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}
