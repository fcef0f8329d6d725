import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Logger } from "@hearth/base";
import type { ListeningPorts } from "#ports/listening-ports.ts";

/** Answers a request with a status and a body that becomes JSON. */
export type ApiHandler = (request: IncomingMessage, url: URL) => Promise<{ status: number; body: unknown }>;

/** Routes as `METHOD /path`. */
export type ApiRoutes = Readonly<Record<string, ApiHandler>>;

const requestTimeoutMs = 20_000;

/** What the agent offers on port 4 from the start. */
export function baseRoutes({ listeningPorts }: { listeningPorts: ListeningPorts }): ApiRoutes {
  return {
    "GET /": async () => ({ status: 200, body: { message: "Hello from the agent!" } }),
    "GET /api/v0/listening-ports": async () => ({ status: 200, body: { ports: await listeningPorts.list() } }),
  };
}

/**
 * The agent's HTTP API, over byte streams that somebody else has accepted. Whoever reaches it has full control of the
 * workspace's user: authorization is where the stream was opened.
 * @see agents §17.2
 */
export class HttpApi {
  readonly #server: Server;

  constructor(routes: ApiRoutes, { log }: { log: Logger }) {
    this.#server = createServer({ requestTimeout: requestTimeoutMs }, (request, response) => {
      void answer(routes, request, response, log);
    });
  }

  /** Serves HTTP on the stream until it ends; the stream is ours from now on. */
  accept(connection: Duplex): void {
    connection.on("error", () => undefined); // the server sees the close
    this.#server.emit("connection", connection);
  }

  close(): void {
    this.#server.closeAllConnections();
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
