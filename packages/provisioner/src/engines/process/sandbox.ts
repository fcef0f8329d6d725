import { execFile } from "node:child_process";
import { dirname } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Whether agents run in a sandbox here, and why not. */
export type SandboxProbe =
  | { readonly works: true; readonly file: string }
  | { readonly works: false; readonly reason: string };

const probeTimeoutMs = 5_000;

/** Runs a sandbox once: that `bwrap` is installed does not say that this machine lets it work. */
export async function probeSandbox(file = "bwrap"): Promise<SandboxProbe> {
  const args = ["--ro-bind", "/", "/", ...namespaces, "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "true"];
  try {
    await run(file, args, { timeout: probeTimeoutMs });
    return { works: true, file };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return { works: false, reason: "bubblewrap (bwrap) is not installed" };
    }
    const stderr = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    return { works: false, reason: `bubblewrap does not work here: ${stderr || String(error)}` };
  }
}

/** Own pid, ipc and uts; the mount namespace is always its own, the network is the host's. */
const namespaces = ["--unshare-pid", "--unshare-ipc", "--unshare-uts"];

export interface SandboxSpec {
  /** On the host. */
  readonly homeDir: string;
  /** Inside: `/home/<user>`. */
  readonly homeInside: string;
  /** Hidden inside: other workspaces, the database, secrets. */
  readonly dataDir: string;
  readonly hostname: string;
  /** Directories that must be readable although they may lie below what is hidden: the runtime, the agent. */
  readonly readable: readonly string[];
}

/**
 * Arguments of `bwrap` before the command. Everything is read-only but the home and a private /tmp. It does not die with
 * its parent: agents survive a restart of the daemon. Pure.
 */
export function sandboxArguments(spec: SandboxSpec): string[] {
  return [
    "--ro-bind",
    "/",
    "/",
    ...namespaces,
    "--proc",
    "/proc",
    "--dev",
    "/dev",
    "--tmpfs",
    "/tmp",
    "--tmpfs",
    "/var/tmp",
    "--tmpfs",
    "/dev/shm",
    "--tmpfs",
    spec.dataDir,
    "--tmpfs",
    "/home",
    ...spec.readable.flatMap((directory) => ["--ro-bind", directory, directory]),
    "--bind",
    spec.homeDir,
    spec.homeInside,
    "--hostname",
    spec.hostname,
    "--chdir",
    spec.homeInside,
    "--cap-drop",
    "ALL",
    "--",
  ];
}

/** The directories of a command's file and of its arguments that are paths. */
export function directoriesOf(command: { file: string; args: readonly string[] }): string[] {
  const paths = [command.file, ...command.args].filter((part) => part.startsWith("/"));
  return [...new Set(paths.map((path) => dirname(path)))];
}
