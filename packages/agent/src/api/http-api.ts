import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type Clock, type Deadline, type Logger, onAbort, untilAborted } from "@hearth/base";
import { Refusal } from "#api/refusal.ts";
import { type Answer, matchRoute, type Route } from "#api/route.ts";

/** Takes over the connection of a request for another protocol, once that is agreed on. `head` is its first bytes. */
type UpgradeHandler = (connection: Duplex, head: Buffer) => void;

/** What the connection of a request may become: by path, the protocol's name and who serves it. */
export type ApiUpgrades = Readonly<Record<string, { readonly protocol: string; readonly serve: UpgradeHandler }>>;

/** Routes that are loaded when the first of them is asked for: all below a path. */
export interface LateRoutes {
  readonly below: string;
  readonly load: () => Promise<readonly Route[]>;
}

export interface ApiOptions {
  /** The first that fits answers. */
  readonly routes: readonly Route[];
  readonly late?: readonly LateRoutes[];
  readonly upgrades?: ApiUpgrades;
  /** Told when somebody begins to use the workspace by a request; calls what it returned when that is over. */
  readonly onUse?: () => () => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How long a request's header may take, and an answer that does not stream. */
const holdMs = 20_000;

/**
 * The agent's HTTP API, over byte streams that somebody else has accepted. Whoever reaches it has full control of the
 * workspace's user: authorization is where the stream was opened.
 * @see agents §17.2, docs/commands.md
 */
export class HttpApi {
  readonly #options: ApiOptions;
  readonly #server: Server;
  readonly #connections = new Set<Duplex>();
  /** Those whose request has not come whole. */
  readonly #deadlines = new Map<Duplex, Deadline>();

  constructor(options: ApiOptions) {
    this.#options = options;
    // Node's own time limits begin with `listen`, which nobody calls.
    this.#server = createServer({ shouldUpgradeCallback: (request) => this.#upgradeOf(request) !== undefined });
    this.#server.on("request", (request, response) => {
      this.#heard(request.socket);
      void this.#serve(request, response);
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
    const deadline = this.#options.clock.timeout(holdMs, { tag: "request header" });
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
    const { upgrades = {} } = this.#options;
    const upgrade = url !== undefined && Object.hasOwn(upgrades, url) ? upgrades[url] : undefined;
    return method === "GET" && headers.upgrade?.toLowerCase() === upgrade?.protocol ? upgrade : undefined;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const left = new AbortController();
    response.once("close", () => left.abort());
    const answer = await this.#answer(request, response, left.signal);
    if (!("send" in answer)) return left.signal.aborted ? undefined : sendJson(request, response, answer);
    if (left.signal.aborted) return await answer.abandon?.();
    response.writeHead(answer.status, answer.headers);
    try {
      if (request.method === "HEAD") {
        response.end();
        await answer.abandon?.();
      } else await answer.send(response);
    } catch (error) {
      if (!left.signal.aborted) this.#options.log.warn({ err: error, url: request.url }, "an answer was cut short");
      response.destroy(); // it must not look like a whole one
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse, left: AbortSignal): Promise<Answer> {
    const { clock, log, onUse } = this.#options;
    const url = URL.parse(request.url ?? "", "http://agent");
    const method = request.method === "HEAD" ? "GET" : (request.method ?? "GET");
    try {
      if (!url) throw new Refusal(400, "bad_request", "The address of this request cannot be read.");
      const { route, params } = await this.#find(method, url.pathname);
      if (onUse && route.isUse !== false) response.once("close", onUse());
      const ask = { request, url, param: (name: string) => params.get(name) ?? "" };
      if (route.isLong) return await route.handle({ ...ask, signal: left });
      using hold = clock.timeout(holdMs, { signal: left, tag: "answer" });
      return await Promise.race([route.handle({ ...ask, signal: hold.signal }), untilAborted(hold.signal)]);
    } catch (error) {
      if (!(error instanceof Refusal) && !left.aborted) {
        log.warn({ err: error, url: request.url }, "request to the agent failed");
      }
      return refusal(error);
    }
  }

  async #find(method: string, path: string): Promise<{ route: Route; params: Map<string, string> }> {
    const { routes, late = [] } = this.#options;
    const among = (some: readonly Route[]): { route: Route; params: Map<string, string> } | undefined => {
      for (const route of some) {
        const params = matchRoute(route, method, path);
        if (params) return { route, params };
      }
      return undefined;
    };
    const later = late.find(({ below }) => path.startsWith(below));
    const found = among(routes) ?? (later && among(await later.load()));
    if (found) return found;
    throw new Refusal(404, "not_found", `The agent has no route ${method} ${path}.`);
  }
}

function refusal(error: unknown): Answer {
  if (error instanceof Refusal) {
    const { status, code, message, detail } = error;
    return { status, body: { code, message, ...(detail !== undefined && { detail }) } };
  }
  if (error instanceof Error && error.name === "TimeoutError") {
    return { status: 503, body: { code: "timeout", message: "The agent did not have the answer within 20 s." } };
  }
  const message = "The agent could not answer this request; its log says why.";
  return { status: 500, body: { code: "failed", message } };
}

function sendJson(
  request: IncomingMessage,
  response: ServerResponse,
  { status, body }: { status: number; body?: unknown },
): void {
  if (!request.complete) response.setHeader("connection", "close"); // what of the body was not read goes with it
  if (body === undefined) return void response.writeHead(status).end();
  const text = JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(request.method === "HEAD" ? undefined : text);
}
