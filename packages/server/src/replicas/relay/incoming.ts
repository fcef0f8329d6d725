import { createServer, type Server, type TLSSocket } from "node:tls";
import type { Duplex } from "node:stream";
import { Scope, type Clock, type Logger } from "@hearth/base";
import { joinStreams, YamuxSession } from "@hearth/wire";
import { RelayRefused } from "./errors.ts";
import { connectedAnswer, encodeRefusal, readRequest } from "./frames.ts";
import { calledTls } from "./secret.ts";
import { headMs, keepAliveMs, writeTimeoutMs } from "./timing.ts";

/** Connects what a request asks for, or does it. `signal` aborts when the asker has left. @throws RelayRefused to refuse */
export type AnyRelayHandler = (request: unknown, signal: AbortSignal) => Promise<Duplex | void>;

export interface IncomingOptions {
  readonly self: string;
  readonly secret: Buffer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly findHandler: (kind: string) => AnyRelayHandler | undefined;
}

/** More than a deployment has replicas; strangers who say nothing are cut after 10 s. */
const maxConnections = 256;
const warnEveryMs = 60_000;

/** Where other replicas reach this one. Strangers hear an alert of TLS and nothing else. */
export class Incoming implements AsyncDisposable {
  readonly #options: IncomingOptions;
  readonly #server: Server;
  readonly #sessions = new Set<YamuxSession>();
  readonly #callers = new WeakMap<object, string>();
  #warnedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: IncomingOptions) {
    this.#options = options;
    const { secret, self, log } = options;
    this.#server = createServer(
      { ...calledTls(secret, self, (socket, from) => this.#callers.set(socket, from)), handshakeTimeout: headMs },
      (socket) => this.#onReplica(socket),
    );
    this.#server.maxConnections = maxConnections;
    this.#server.on("tlsClientError", (error, socket) => {
      const nowMs = options.clock.now();
      // One line stands for many: strangers must not fill the log.
      if (nowMs - this.#warnedAtMs < warnEveryMs) return;
      this.#warnedAtMs = nowMs;
      log.warn({ code: codeOf(error), from: socket.remoteAddress }, "refused a stranger at the replicas' address");
    });
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Listens, and resolves with the port. @throws the error of the system, such as EADDRINUSE */
  async listen({ host, port }: { host: string; port: number }): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.on("error", reject);
    this.#server.listen({ host, port }, resolve);
    await promise;
    this.#server.off("error", reject);
    this.#server.on("error", (error: Error) => this.#options.log.error({ err: error }, "the replicas' address failed"));
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the relay listens on no port");
    return address.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = Promise.withResolvers<void>();
    this.#server.close(() => closed.resolve());
    const sessions = [...this.#sessions];
    for (const session of sessions) session.destroy();
    await Promise.all(sessions.map((session) => session.closed));
    await closed.promise;
  }

  #onReplica(socket: TLSSocket): void {
    const { clock } = this.#options;
    const log = this.#options.log.child({ fromReplica: this.#callers.get(socket) ?? "" });
    socket.setNoDelay(true);
    const session = new YamuxSession(socket, {
      role: "server",
      clock,
      log,
      keepAliveIntervalMs: keepAliveMs,
      writeTimeoutMs,
      onStream: (stream) => void this.#serve(stream, log),
    });
    this.#sessions.add(session);
    void session.closed.then(() => this.#sessions.delete(session));
  }

  async #serve(stream: Duplex, log: Logger): Promise<void> {
    const { clock, findHandler } = this.#options;
    using asker = new Scope();
    const onClose = (): void => asker.end(new Error("the other server has left"));
    stream.once("close", onClose);
    stream.on("error", () => undefined); // told by `close` as well
    let connection: Duplex | void;
    try {
      using late = clock.timeout(headMs, { signal: asker.signal, tag: "relay-head" });
      const { kind, request } = await readRequest(stream, late.signal);
      const handler = findHandler(kind);
      if (handler === undefined) throw new RelayRefused("failed", `This server does not know "${kind}".`);
      connection = await handler(request, asker.signal);
    } catch (error) {
      if (asker.signal.aborted) return;
      const isAnswer = error instanceof RelayRefused;
      if (!isAnswer) log.warn({ err: error }, "could not serve another replica");
      stream.end(isAnswer ? encodeRefusal(error.refusal, error.message) : encodeRefusal("failed", "It failed there."));
      stream.resume(); // what was sent on goes nowhere; its end must still be seen
      return;
    }
    stream.off("close", onClose);
    if (stream.destroyed) {
      connection?.destroy();
      return;
    }
    if (connection === undefined) {
      stream.end(connectedAnswer);
      stream.resume();
      return;
    }
    stream.write(connectedAnswer);
    await joinStreams(stream, connection);
  }
}

function codeOf(error: Error): string {
  return "code" in error ? String(error.code) : error.name;
}
