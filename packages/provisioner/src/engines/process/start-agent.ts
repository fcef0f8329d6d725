import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, renameSync, statSync } from "node:fs";
import { constants } from "node:os";
import { agentVariable, startTimeOf, workspaceVariable, type ProcessIdentity } from "./processes.ts";
import { userShell } from "./sandbox-user.ts";

export interface AgentCommand {
  /** The runtime: absolute. */
  readonly file: string;
  /** The agent's bundle and what it takes: absolute paths. */
  readonly args: readonly string[];
  /** What else it must be able to read inside a sandbox. By default the directories of the paths in `args`. */
  readonly readable?: readonly string[];
}

export interface AgentStart {
  readonly command: AgentCommand;
  /** What stands before the command: the sandbox's program and its arguments; empty without one. */
  readonly wrapper: readonly string[];
  readonly workspaceId: string;
  readonly agentName: string;
  readonly token: string;
  readonly accessUrl: string;
  /** As the agent sees it. */
  readonly home: string;
  readonly user: string;
  /** On the host; its output goes there. */
  readonly logFile: string;
  /** On the host. */
  readonly workingDirectory: string;
  readonly env: Readonly<Record<string, string>>;
  /** Told when the process has ended, in words, as long as this daemon runs. */
  readonly onEnd: (process: ProcessIdentity, how: string) => void;
}

/** Of the daemon's own environment agents get these and no other: the rest may hold secrets. */
const inherited = [
  "PATH",
  "LANG",
  "LC_ALL",
  "TZ",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
];

/** A log that has grown beyond this is put aside when the agent is started again; the one before goes. */
const largestLogBytes = 5 * 1024 * 1024;

/**
 * Starts an agent in a session of its own, so that it outlives the daemon. Resolves as soon as it is started, with the
 * process that was started: with a sandbox its monitor, which lives as long as the sandbox.
 * @throws Error when the program cannot be started
 */
export async function startAgent(start: AgentStart): Promise<ProcessIdentity> {
  const [file = start.command.file, ...args] = [...start.wrapper, start.command.file, ...start.command.args];
  const output = openLog(start.logFile);
  try {
    const child = spawn(file, args, {
      cwd: start.workingDirectory,
      detached: true,
      stdio: ["ignore", output, output],
      env: agentEnvironment(start),
    });
    child.unref();
    const { pid } = child;
    if (pid === undefined) {
      const [error] = (await once(child, "error")) as [Error]; // what the event carries
      throw new Error(`The agent could not be started: ${error.message}`, { cause: error });
    }
    // It may end at any time, also before this is read: then it has no start time, and counts as one that ended.
    const started = { pid, startTime: startTimeOf(pid) ?? "" };
    child.once("exit", (code, signal) => start.onEnd(started, endInWords(code, signal)));
    return started;
  } finally {
    closeSync(output);
  }
}

/** A sandbox ends as its first process did: with 128 and the signal's number, as shells do. */
function endInWords(code: number | null, signal: NodeJS.Signals | null): string {
  const number = code !== null && code > 128 ? code - 128 : undefined;
  const name = signal ?? Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  return name === undefined ? `exit code ${code ?? "unknown"}` : `killed by ${name}`;
}

function agentEnvironment(start: AgentStart): Record<string, string> {
  const passed = inherited.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(passed),
    SHELL: userShell(),
    ...start.env,
    HOME: start.home,
    USER: start.user,
    LOGNAME: start.user,
    [workspaceVariable]: start.workspaceId,
    [agentVariable]: start.agentName,
    CODER_AGENT_URL: start.accessUrl,
    CODER_AGENT_TOKEN: start.token,
  };
}

function openLog(path: string): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > largestLogBytes) renameSync(path, `${path}.1`);
  return openSync(path, "a", 0o600);
}
