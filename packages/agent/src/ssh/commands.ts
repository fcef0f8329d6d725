import type { SessionType } from "#ssh/services.ts";

/** How a session that could not do its work at all ends. */
export const sessionFailedStatus = 229;
/** How a file transfer ends where they are blocked. */
export const blockedStatus = 65;

const transferPrograms: ReadonlySet<string> = new Set(["scp", "sftp", "sftp-server", "rsync"]);

/** Whether a command is the far end of a file transfer. A shell can hide one; this is a fence, not a wall. */
export function isFileTransfer(command: string): boolean {
  const [program = ""] = command.trim().split(/\s+/);
  return transferPrograms.has(program.slice(program.lastIndexOf("/") + 1));
}

const markers = [
  "CODER_SSH_SESSION_TYPE",
  "HEARTH_SSH_SESSION_TYPE",
  "CODER_CONTAINER",
  "CODER_CONTAINER_USER",
] as const;

/** Takes the markers meant for the agent out of what a client sent, and reads the session's type from them. */
export function readMarkers(sent: Readonly<Record<string, string>>): {
  env: Record<string, string>;
  type: SessionType;
} {
  const env = { ...sent };
  for (const marker of markers) delete env[marker];
  const type = (sent.HEARTH_SSH_SESSION_TYPE ?? sent.CODER_SSH_SESSION_TYPE ?? "ssh").toLowerCase();
  return { env, type: type === "ssh" || type === "vscode" || type === "jetbrains" ? type : "unknown" };
}

/** The signals that SSH has names for (RFC 4254, section 6.10), by ours. */
const sshSignals: Readonly<Partial<Record<NodeJS.Signals, string>>> = {
  SIGABRT: "ABRT",
  SIGALRM: "ALRM",
  SIGFPE: "FPE",
  SIGHUP: "HUP",
  SIGILL: "ILL",
  SIGINT: "INT",
  SIGKILL: "KILL",
  SIGPIPE: "PIPE",
  SIGQUIT: "QUIT",
  SIGSEGV: "SEGV",
  SIGTERM: "TERM",
  SIGUSR1: "USR1",
  SIGUSR2: "USR2",
};

/** SSH's name of a signal, or nothing where it has none. */
export function toSshSignal(signal: NodeJS.Signals): string | undefined {
  return sshSignals[signal];
}

/** Our name of a signal a client asks for, or nothing for one we do not send. */
export function fromSshSignal(name: string): NodeJS.Signals | undefined {
  // The keys of the table are signals; `Object.entries` forgets that.
  return Object.entries(sshSignals).find(([, known]) => known === name)?.[0] as NodeJS.Signals | undefined;
}
