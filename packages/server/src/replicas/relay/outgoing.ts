import { connect, type TLSSocket } from "node:tls";
import type { Duplex } from "node:stream";
import { onAbort, type Clock, type Logger } from "@hearth/base";
import { YamuxSession } from "@hearth/wire";
import { RelayUnreachable } from "./errors.ts";
import { callerTls } from "./secret.ts";
import { connectMs, idleMs, keepAliveMs, writeTimeoutMs } from "./timing.ts";

export interface OutgoingOptions {
  readonly address: { readonly host: string; readonly port: number };
  readonly from: string;
  readonly to: string;
  readonly secret: Buffer;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Our connection to another replica, for every stream that we open there. Only its owner opens streams, so that nothing
 * can arrive while it closes for want of use.
 */
export class Outgoing {
  readonly #session: YamuxSession;
  readonly #clock: Clock;
  #open = 0;
  #idle: AbortController | undefined;
  #isClosing = false;

  private constructor(socket: TLSSocket, { clock, log }: OutgoingOptions) {
    this.#clock = clock;
    this.#session = new YamuxSession(socket, {
      role: "client",
      clock,
      log,
      keepAliveIntervalMs: keepAliveMs,
      writeTimeoutMs,
      maxIncomingStreams: 0,
    });
    void this.#session.closed.then(() => this.#idle?.abort());
    void this.#closeWhenIdle();
  }

  /** @throws RelayUnreachable when it is not there within 5 s, or does not know the key */
  static async connect(options: OutgoingOptions): Promise<Outgoing> {
    const { address, secret, clock } = options;
    const socket = connect({ ...address, ...callerTls(secret, options) });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once("secureConnect", resolve);
    socket.on("error", reject);
    socket.once("close", () => reject(new Error("the connection was closed")));
    using late = clock.timeout(connectMs, { tag: "relay-connect" });
    using _late = onAbort(late.signal, () => reject(late.signal.reason));
    try {
      await promise;
    } catch (error) {
      socket.on("error", () => undefined);
      socket.destroy();
      throw new RelayUnreachable(`The server at ${address.host}:${address.port} cannot be reached.`, error);
    }
    socket.setNoDelay(true);
    return new Outgoing(socket, options);
  }

  /** Whether streams can be opened. */
  get isUsable(): boolean {
    return !this.#isClosing && !this.#session.isOver;
  }

  /** @throws SessionEnded when the connection is over */
  open(): Duplex {
    const stream = this.#session.open();
    this.#open++;
    this.#idle?.abort();
    stream.once("close", () => {
      if (--this.#open === 0) void this.#closeWhenIdle();
    });
    return stream;
  }

  /** Cuts it: streams fail. */
  destroy(): void {
    this.#session.destroy();
  }

  /** Resolves once nothing of it is left. */
  async over(): Promise<void> {
    await this.#session.closed;
  }

  async #closeWhenIdle(): Promise<void> {
    if (this.#session.isOver) return;
    const idle = new AbortController();
    this.#idle = idle;
    try {
      await this.#clock.sleep(idleMs, { signal: idle.signal, tag: "relay-idle" });
    } catch {
      return; // used again, or over
    }
    this.#isClosing = true;
    await this.#session.close();
  }
}
