import { execFile } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Whether agents run in a sandbox here, and why not. */
export type SandboxProbe =
  | { readonly works: true; readonly file: string }
  | { readonly works: false; readonly reason: string };

/** Own pid, ipc and uts; the mount namespace is always its own, the network is the host's. */
const namespaces = ["--unshare-pid", "--unshare-ipc", "--unshare-uts"];

/** Directories of the host that make up its programs. Those that are links there are links inside. */
const systemDirectories = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];
const readOnlyDirectories = ["/usr", "/etc", "/opt", "/nix", "/sys"];
/** What on some systems lies behind a link that leads out of the above. */
const linkedFiles = ["/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs", "/etc/pki", "/etc/localtime"];

export interface SandboxSpec {
  /** On the host. */
  readonly homeDir: string;
  /** Inside: `/home/<user>`. */
  readonly homeInside: string;
  /** On the host: what is `/tmp` inside. */
  readonly tmpDir: string;
  /** Files that take the place of the host's, by their path inside. */
  readonly replaced: Readonly<Record<string, string>>;
  readonly hostname: string;
  /** What must be readable besides the system: the runtime and the agent. Absolute paths. */
  readonly readable: readonly string[];
  /**
   * Whom processes inside are, as the host sees it; `undefined`: whoever runs the daemon. A daemon that is root needs it,
   * because root without any capability still owns /proc/sys, and with it the host.
   */
  readonly uid: number | undefined;
}

/**
 * Arguments of `bwrap` before the command. Inside there are the host's programs, read-only, the home, a private /tmp and
 * the workspace's own processes; nothing else of the host: no other home, no sockets of its services, no data directory.
 * It does not die with its parent: agents survive a restart of the daemon.
 */
export function sandboxArguments(spec: SandboxSpec): string[] {
  const args = [...namespaces, "--hostname", spec.hostname, "--tmpfs", "/"];
  const bound: string[] = [];
  const bind = (path: string): void => {
    // A mount over a directory that is there already, and read-only, has no place; and what lies in it is there, too.
    if (bound.some((parent) => path === parent || path.startsWith(`${parent}/`))) return;
    args.push(...parentsOf(path), "--ro-bind", path, path);
    bound.push(path);
  };
  for (const path of readOnlyDirectories) if (existsSync(path)) bind(path);
  for (const path of systemDirectories) {
    if (!existsSync(path)) continue;
    const real = realpathSync(path);
    if (real === path) bind(path);
    else args.push("--symlink", real.slice(1), path);
  }
  args.push("--proc", "/proc", "--dev", "/dev", "--dir", "/run", "--dir", "/var");
  // Shared memory has its own place in the system's interface; like /tmp it is this workspace's alone.
  args.push("--perms", "1777", "--tmpfs", "/dev/shm");
  args.push("--symlink", "/tmp", "/var/tmp", "--symlink", "/run", "/var/run");
  args.push("--bind", spec.tmpDir, "/tmp");
  for (const path of linkedFiles) {
    const real = existsSync(path) ? realpathSync(path) : path;
    if (real !== path) bind(real);
  }
  for (const path of spec.readable) bind(path);
  for (const [inside, file] of Object.entries(spec.replaced)) args.push("--ro-bind", file, inside);
  args.push(...parentsOf(spec.homeInside), "--bind", spec.homeDir, spec.homeInside);
  args.push("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", spec.homeInside);
  args.push("--cap-drop", "ALL");
  // root needs these for a moment, to enter the home and become its owner; then they are gone like all others.
  const capabilities = spec.uid === undefined ? [] : ["CAP_DAC_READ_SEARCH", "CAP_SETUID", "CAP_SETGID"];
  for (const capability of capabilities) args.push("--cap-add", capability);
  args.push("--");
  return spec.uid === undefined ? args : [...args, ...becoming(spec.uid)];
}

/** What of a PATH exists inside; the daemon's own may name homes and checkouts. */
export function pathInside(path: string): string {
  const visible = [...readOnlyDirectories, ...systemDirectories];
  return path
    .split(":")
    .filter((entry) => visible.some((directory) => entry === directory || entry.startsWith(`${directory}/`)))
    .join(":");
}

/** The directories above a path, readable for whoever is inside; what bwrap makes by itself is its owner's alone. */
function parentsOf(path: string): string[] {
  const parents: string[] = [];
  for (let parent = dirname(path); parent !== "/"; parent = dirname(parent)) parents.unshift("--dir", parent);
  return parents;
}

function becoming(uid: number): string[] {
  return ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups", "--"];
}

const probeTimeoutMs = 10_000;

/**
 * Runs a sandbox once, made as agents' are: that `bwrap` is installed does not say that this machine lets it work, nor
 * that whom it makes of root can read the agent.
 */
export async function probeSandbox(spec: SandboxSpec, signal: AbortSignal, file = "bwrap"): Promise<SandboxProbe> {
  const script = `touch "$1/.hearth-probe" /tmp/.hearth-probe || exit 3
rm "$1/.hearth-probe" /tmp/.hearth-probe
! touch /.hearth-probe 2>/dev/null || exit 4
! [ -w /proc/sys/kernel/core_pattern ] || exit 5
shift; for path; do [ -r "$path" ] || { echo "$path cannot be read by others" >&2; exit 6; }; done`;
  const args = [...sandboxArguments(spec), "/bin/sh", "-c", script, "probe", spec.homeInside, ...spec.readable];
  try {
    await run(file, args, { timeout: probeTimeoutMs, signal, env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin" } });
    return { works: true, file };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return { works: false, reason: "bubblewrap (bwrap) is not installed" };
    }
    const stderr = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    return { works: false, reason: `bubblewrap does not work here (${stderr.split("\n")[0] || String(error)})` };
  }
}
