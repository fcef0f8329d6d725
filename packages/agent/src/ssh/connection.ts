import type { Connection } from "ssh2";
import type { SshServices } from "#ssh/services.ts";
import type { TransportGate } from "#ssh/transport-gate.ts";

/** One SSH connection, as its sessions and forwardings see it. */
export interface SshConnection extends SshServices {
  readonly connection: Connection;
  readonly gate: TransportGate;
  /** Aborts when the connection is over. */
  readonly ended: AbortSignal;
}
