import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import { holdUntilHeard } from "@hearth/wire";

/** The socket behind a request that asks for an upgrade, and what came after its head. */
export interface Upgrade {
  readonly socket: Duplex;
  readonly head: Buffer;
}

const upgrades = new WeakMap<IncomingMessage, Upgrade>();

export function rememberUpgrade(request: IncomingMessage, upgrade: Upgrade): void {
  upgrades.set(request, upgrade);
}

/** What {@link rememberUpgrade} was told about this request; undefined for an ordinary one. */
export function upgradeOf(request: IncomingMessage): Upgrade | undefined {
  return upgrades.get(request);
}

/** Takes upgraded sockets over, and ends those that are left when the server stops. */
export class SocketServer {
  // Compression costs memory for each connection, and terminals and byte streams gain nothing from it.
  readonly #server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 8 * 1024 * 1024 });
  readonly #open = new Set<WebSocket>();
  /** Connections of every upgrade, also of those that are not decided yet: the HTTP server forgets them. */
  readonly #connections = new Set<Duplex>();

  get openCount(): number {
    return this.#open.size;
  }

  /** Remembers a connection until it closes, so that stopping ends it. */
  track(connection: Duplex): void {
    this.#connections.add(connection);
    connection.once("close", () => this.#connections.delete(connection));
    // Told by `close` as well.
    connection.on("error", () => undefined);
  }

  /**
   * Upgrades. What the client says waits until somebody listens to the socket's messages, whatever that somebody has to
   * do before: clients speak at once, some in one breath with the request.
   */
  async accept(
    request: IncomingMessage,
    upgrade: Upgrade,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<WebSocket> {
    const { promise, resolve, reject } = Promise.withResolvers<WebSocket>();
    const onClose = () => reject(new Error("the client left before the upgrade"));
    upgrade.socket.once("close", onClose);
    // Told before `handleUpgrade` returns, and of no other request.
    this.#server.once("headers", (lines) => {
      for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
    });
    this.#server.handleUpgrade(request, upgrade.socket, upgrade.head, (socket) => {
      holdUntilHeard(socket);
      resolve(socket);
    });
    const socket = await promise;
    upgrade.socket.off("close", onClose);
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
    // A broken frame ends the socket; whoever uses it hears of it by `close`.
    socket.on("error", () => undefined);
    return socket;
  }

  /** Tells every client that the server goes away (1001); they reconnect elsewhere or later. */
  goAway(): void {
    for (const socket of this.#open) socket.close(1001, "going away");
  }

  /** Ends what did not answer the good-bye. */
  terminate(): void {
    for (const socket of this.#open) socket.terminate();
    for (const connection of this.#connections) connection.destroy();
  }
}
