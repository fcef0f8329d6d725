import type { Clock, Logger } from "@hearth/base";
import type { NativePty } from "#processes/native-pty.ts";
import type { SshPolicy } from "#ssh/services.ts";

/** What an agent is told when it starts. */
export interface AgentOptions {
  /** The control plane's address, http or https. */
  readonly serverUrl: string;
  readonly token: string;
  /** As reported: a semantic version without the `v`. */
  readonly version: string;
  readonly home: string;
  readonly userName: string;
  readonly shell: string;
  /** What the agent's own environment is for those it starts. */
  readonly processEnv: Readonly<Record<string, string | undefined>>;
  /** A folder of the agent's own: sockets, scripts' data. */
  readonly runDirectory: string;
  /** Where scripts' log files go when their path is relative. */
  readonly logDirectory: string;
  readonly policy: SshPolicy;
  readonly loadPty: () => NativePty;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random?: () => number;
}
