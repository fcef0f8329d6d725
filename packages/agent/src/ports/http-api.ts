import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type Clock, type Deadline, type Logger, onAbort } from "@hearth/base";
import type { ListeningPorts } from "#ports/listening-ports.ts";

/** Answers a request with a status and a body that becomes JSON. */
export type ApiHandler = (request: IncomingMessage, url: URL) => Promise<{ status: number; body: unknown }>;

/** Routes as `METHOD /path`. */
export type ApiRoutes = Readonly<Record<string, ApiHandler>>;

/** Takes over the connection of a request for another protocol, once that is agreed on. `head` is its first bytes. */
export type UpgradeHandler = (connection: Duplex, head: Buffer) => void;

/** What the connection of a request may become: by path, the protocol's name and who serves it. */
export type ApiUpgrades = Readonly<Record<string, { readonly protocol: string; readonly serve: UpgradeHandler }>>;

/** How long a request's header may take. */
const headerTimeoutMs = 20_000;

/** What the agent offers on port 4 from the start. */
export function baseRoutes({ listeningPorts }: { listeningPorts: ListeningPorts }): ApiRoutes {
  return {
    "GET /": async () => ({ status: 200, body: { message: "Hello from the agent!" } }),
    "GET /api/v0/listening-ports": async () => ({ status: 200, body: { ports: await listeningPorts.list() } }),
  };
}

/** Where commands are asked for, and by what. @see docs/commands.md */
export function commandsUpgrade(serve: UpgradeHandler): ApiUpgrades {
  return { "/api/v1/commands": { protocol: "hearth-commands", serve } };
}

/**
 * The agent's HTTP API, over byte streams that somebody else has accepted. Whoever reaches it has full control of the
 * workspace's user: authorization is where the stream was opened.
 * @see agents §17.2
 */
export class HttpApi {
  readonly #server: Server;
  readonly #upgrades: ApiUpgrades;
  readonly #clock: Clock;
  readonly #connections = new Set<Duplex>();
  /** Those whose next request has not come whole. */
  readonly #deadlines = new Map<Duplex, Deadline>();

  constructor(
    { routes, upgrades }: { routes: ApiRoutes; upgrades: ApiUpgrades },
    { clock, log }: { clock: Clock; log: Logger },
  ) {
    this.#upgrades = upgrades;
    this.#clock = clock;
    // Node's own time limits begin with `listen`, which nobody calls.
    this.#server = createServer({ shouldUpgradeCallback: (request) => this.#upgradeOf(request) !== undefined });
    this.#server.on("request", (request, response) => {
      this.#heard(request.socket);
      void answer(routes, request, response, log);
    });
    this.#server.on("upgrade", (request, connection, head) => {
      this.#heard(connection);
      const upgrade = this.#upgradeOf(request);
      if (!upgrade) return void connection.destroy(); // the callback above has asked the same
      connection.write(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${upgrade.protocol}\r\n\r\n`,
      );
      upgrade.serve(connection, head);
    });
  }

  /** Serves HTTP on the stream until it ends; the stream is ours from now on. */
  accept(connection: Duplex): void {
    this.#connections.add(connection);
    const deadline = this.#clock.timeout(headerTimeoutMs, { tag: "request header" });
    this.#deadlines.set(connection, deadline);
    onAbort(deadline.signal, () => connection.destroy());
    connection.on("error", () => undefined); // the server sees the close
    connection.once("close", () => {
      this.#connections.delete(connection);
      this.#heard(connection);
    });
    this.#server.emit("connection", connection);
  }

  close(): void {
    for (const connection of this.#connections) connection.destroy();
  }

  #heard(connection: Duplex): void {
    this.#deadlines.get(connection)?.[Symbol.dispose]();
    this.#deadlines.delete(connection);
  }

  #upgradeOf({ method, url, headers }: IncomingMessage): ApiUpgrades[string] | undefined {
    const path = url ?? "";
    const upgrade = Object.hasOwn(this.#upgrades, path) ? this.#upgrades[path] : undefined;
    return method === "GET" && headers.upgrade?.toLowerCase() === upgrade?.protocol ? upgrade : undefined;
  }
}

async function answer(
  routes: ApiRoutes,
  request: IncomingMessage,
  response: ServerResponse,
  log: Logger,
): Promise<void> {
  const { status, body } = await handle(routes, request, log);
  const text = JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(request.method === "HEAD" ? undefined : text);
}

async function handle(routes: ApiRoutes, request: IncomingMessage, log: Logger): ReturnType<ApiHandler> {
  try {
    const url = new URL(request.url ?? "/", "http://agent");
    const method = request.method === "HEAD" ? "GET" : (request.method ?? "GET");
    const key = `${method} ${url.pathname}`;
    const handler = Object.hasOwn(routes, key) ? routes[key] : undefined;
    if (!handler) return { status: 404, body: { message: `The agent has no route ${key}.` } };
    return await handler(request, url);
  } catch (error) {
    log.warn({ err: error, url: request.url }, "request to the agent failed");
    return { status: 500, body: { message: "The agent could not answer this request; its log says why." } };
  }
}
