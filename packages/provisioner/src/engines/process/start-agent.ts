import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { startTimeOf, workspaceVariable, type ProcessIdentity } from "./processes.ts";
import { directoriesOf, sandboxArguments } from "./sandbox.ts";

export interface AgentCommand {
  /** The runtime: absolute. */
  readonly file: string;
  /** The agent's bundle and what it takes: absolute paths. */
  readonly args: readonly string[];
}

export interface AgentStart {
  readonly command: AgentCommand;
  /** `bwrap`, or undefined: unsandboxed. */
  readonly sandbox: string | undefined;
  readonly workspaceId: string;
  readonly workspaceName: string;
  readonly workspaceDir: string;
  readonly homeDir: string;
  readonly homeInside: string;
  readonly dataDir: string;
  readonly user: string;
  readonly agentName: string;
  readonly token: string;
  readonly accessUrl: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Of the daemon's own environment agents get these and no other: the rest may hold secrets. */
const inherited = [
  "PATH",
  "LANG",
  "LC_ALL",
  "TZ",
  "SHELL",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
];

/**
 * Starts an agent in a session of its own, so that it outlives the daemon, its output in `agent-<name>.log`. Resolves as
 * soon as it is started.
 * @throws Error when the program cannot be started
 */
export async function startAgent(start: AgentStart): Promise<ProcessIdentity> {
  const home = start.sandbox === undefined ? start.homeDir : start.homeInside;
  const [file, args] =
    start.sandbox === undefined
      ? [start.command.file, [...start.command.args]]
      : [
          start.sandbox,
          [
            ...sandboxArguments({
              homeDir: start.homeDir,
              homeInside: start.homeInside,
              dataDir: start.dataDir,
              hostname: start.workspaceName,
              readable: directoriesOf(start.command),
            }),
            start.command.file,
            ...start.command.args,
          ],
        ];
  const output = openSync(join(start.workspaceDir, `agent-${start.agentName}.log`), "a", 0o600);
  try {
    const child = spawn(file, args, {
      cwd: start.homeDir,
      detached: true,
      stdio: ["ignore", output, output],
      env: {
        ...Object.fromEntries(
          inherited.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
        ),
        ...start.env,
        HOME: home,
        USER: start.user,
        LOGNAME: start.user,
        [workspaceVariable]: start.workspaceId,
        HEARTH_AGENT_NAME: start.agentName,
        CODER_AGENT_URL: start.accessUrl,
        CODER_AGENT_TOKEN: start.token,
      },
    });
    const { pid } = child;
    if (pid === undefined) {
      const error = await new Promise<Error>((resolve) => child.once("error", resolve));
      throw new Error(`The agent could not be started: ${error.message}`, { cause: error });
    }
    // What happens to it later is told by /proc.
    child.on("error", () => undefined);
    child.unref();
    const startTime = await startTimeOf(pid);
    if (startTime === undefined)
      throw new Error(`The agent ended at once; see ${start.workspaceDir}/agent-${start.agentName}.log.`);
    return { pid, startTime };
  } finally {
    closeSync(output);
  }
}
