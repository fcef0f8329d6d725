import type { Clock, Logger } from "@hearth/base";
import type { Exit } from "#processes/exit.ts";
import type { Processes } from "#processes/processes.ts";
import type { Surroundings } from "#processes/surroundings.ts";

/** What a session counts as in statistics and reports. */
export type SessionType = "ssh" | "vscode" | "jetbrains" | "unknown";

/** Told when a session begins; calls what it returned once, when the session is over. */
export type SessionObserver = (type: SessionType) => (exit: Exit | undefined) => void;

/** What the workspace's administrator does not want. */
export interface SshPolicy {
  /** `sftp`, `scp` and `rsync` end with status 65. */
  readonly blocksFileTransfer: boolean;
  readonly blocksLocalForwarding: boolean;
  readonly blocksReverseForwarding: boolean;
}

/** What SSH sessions need from the rest of the agent. */
export interface SshServices {
  readonly processes: Processes;
  readonly surroundings: () => Surroundings;
  /** A folder of the agent's own, for sockets. */
  readonly directory: string;
  /** What an interactive shell begins with; empty for nothing. Must not fail and not take long. */
  readonly greeting: () => Promise<string>;
  readonly onSession: SessionObserver;
  readonly policy: SshPolicy;
  readonly clock: Clock;
  readonly log: Logger;
}
