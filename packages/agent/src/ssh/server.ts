import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import ssh2, { type Connection } from "ssh2";
import type { SshConnection } from "#ssh/connection.ts";
import { serveLocalForwarding } from "#ssh/local-forwarding.ts";
import { serveReverseForwarding } from "#ssh/reverse-forwarding.ts";
import type { SshServices } from "#ssh/services.ts";
import { serveSession } from "#ssh/session.ts";
import { TransportGate } from "#ssh/transport-gate.ts";

/** Longer than any connection: keep-alive is the tunnel's business, and a client that sleeps is not gone. */
const neverMs = 2 ** 31 - 1;

/**
 * The workspace's SSH server, over byte streams that somebody else has accepted.
 *
 * Nobody is asked who they are: whoever can open such a stream was let in by the control plane.
 */
export class SshServer {
  readonly #services: SshServices;
  readonly #server: ssh2.Server;
  readonly #connections = new Set<Connection>();

  /** `hostKey` is a PEM file, as `deriveHostKey` makes it. */
  constructor(hostKey: string, services: SshServices) {
    this.#services = services;
    this.#server = new ssh2.Server({
      hostKeys: [hostKey],
      ident: "Hearth",
      keepaliveInterval: neverMs,
      algorithms: {
        kex: ["curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256"],
        // What Node does natively. ChaCha20, which OpenSSH prefers, takes ssh2 almost twice the time a byte.
        cipher: ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes256-ctr"],
        hmac: ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-256", "hmac-sha1"],
        compress: ["none"],
      },
    });
    this.#server.on("connection", (connection: Connection) => this.#serve(connection));
  }

  /** How many connections are open. */
  get size(): number {
    return this.#connections.size;
  }

  /** Serves SSH on the stream until it ends; the stream is ours from now on. */
  accept(transport: Duplex): void {
    if (transport instanceof Socket) transport.setNoDelay(true);
    // ssh2 wants a socket but uses what every duplex stream has; the rest it only looks at when it is there.
    this.#server.injectSocket(transport as Socket);
  }

  /** Says goodbye to every client and ends its sessions; commands that need no terminal go on. */
  close(): void {
    for (const connection of this.#connections) connection.end();
  }

  #serve(connection: Connection): void {
    const ended = new AbortController();
    const context: SshConnection = {
      ...this.#services,
      connection,
      gate: new TransportGate(transportOf(connection)),
      ended: ended.signal,
    };
    this.#connections.add(connection);
    connection.once("close", () => {
      this.#connections.delete(connection);
      ended.abort();
    });
    connection.on("error", (error) => this.#services.log.debug({ err: error }, "ssh connection failed"));
    connection.on("authentication", (request) => request.accept());
    connection.on("session", (accept) => serveSession(accept(), context));
    serveLocalForwarding(context);
    serveReverseForwarding(context);
  }
}

function transportOf(connection: Connection): Duplex {
  // Not in ssh2's types; the connection event does not name the stream it is about in any other way.
  return (connection as unknown as { readonly _sock: Duplex })._sock;
}
