import { randomUUID } from "node:crypto";
import { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, type RouteOptions } from "fastify";
import type { Clock, Logger } from "@hearth/base";
import { ApiError, type Method } from "@hearth/sdk";
import { csrfCookie, newCsrfToken } from "./csrf.ts";
import { parseCookies } from "./cookies.ts";
import { isForged } from "./page-guard.ts";
import { addCookies, admit, letRestCome, refuse, serve, type Authenticate, type PipelineDeps } from "./pipeline.ts";
import { tooLarge } from "./raw-body.ts";
import type { PubSub } from "../pubsub/index.ts";
import { RateLimiter } from "./rate-limit.ts";
import type { Route } from "./route.ts";
import { rememberUpgrade, SocketServer } from "./socket.ts";

export interface AppDeps {
  readonly log: Logger;
  readonly clock: Clock;
  readonly authenticate: Authenticate;
  /** By which replicas tell each other what callers have spent of their limits. */
  readonly pubsub: PubSub;
  readonly held: PipelineDeps["held"];
  readonly createContext: PipelineDeps["createContext"];
  readonly routes: readonly Route[];
  readonly ratePerMinute: number;
  readonly accessUrl: () => string;
  /** `v2.34.0+hearth.0.1.0`: on every answer. */
  readonly version: string;
  readonly checkAnswers: boolean;
  /** What `GET /healthz` says. */
  readonly isReady: () => boolean;
  /** Pages and other things outside the API. */
  readonly pages?: (app: FastifyInstance) => void;
  readonly onAnswer?: PipelineDeps["onAnswer"];
}

export interface App extends AsyncDisposable {
  readonly fastify: FastifyInstance;
  readonly sockets: SocketServer;
  /** Listens and says where: the port it got when asked for 0. */
  listen(host: string, port: number): Promise<{ host: string; port: number }>;
}

const methods: readonly Method[] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** The app, apart from any port. @throws Error when two routes share an operation, or one declares no access. */
export function buildApp(given: AppDeps): App {
  const deps = { ...given, authenticate: oncePerRequest(given.authenticate) };
  const closing = new AbortController();
  const sockets = new SocketServer();
  const limiter = new RateLimiter(deps);
  const fastify = Fastify({
    genReqId: () => randomUUID(),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512 },
    bodyLimit: 1024 * 1024,
    forceCloseConnections: true,
    // What an upload may take; slow senders of heads are cut by Node's own limit.
    requestTimeout: 600_000,
    keepAliveTimeout: 75_000,
    // An address that cannot be decoded: no route, no hook has seen it.
    frameworkErrors: (error, request, reply) => {
      void refuse({ closing: closing.signal }, deps.log, request, reply, fromFastify(error, request));
    },
  });
  const pipeline: PipelineDeps = {
    log: deps.log,
    clock: deps.clock,
    authenticate: deps.authenticate,
    held: deps.held,
    createContext: deps.createContext,
    sockets,
    limiter,
    ratePerMinute: deps.ratePerMinute,
    accessUrl: deps.accessUrl,
    closing: closing.signal,
    checkAnswers: deps.checkAnswers,
    ...(deps.onAnswer === undefined ? {} : { onAnswer: deps.onAnswer }),
  };

  // Bodies are parsed by the route, after the log-in and the ids of the path.
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  fastify.addHook("onRequest", async (request, reply) => onRequest(deps, request, reply));
  fastify.setErrorHandler(async (error, request, reply) => {
    const refusal = fromFastify(error, request);
    if (refusal instanceof ApiError && refusal.code === "too_large") letRestCome(pipeline, request, reply);
    await refuse(pipeline, deps.log, request, reply, refusal);
  });
  fastify.setNotFoundHandler(async (request, reply) => {
    await refuse(pipeline, deps.log, request, reply, routeNotFound());
  });

  fastify.get("/healthz", async (_request, reply) => {
    const ready = deps.isReady();
    return await reply
      .code(ready ? 200 : 503)
      .type("text/plain; charset=utf-8")
      .send(ready ? "OK" : "starting");
  });
  register(fastify, pipeline, deps);
  registerUnknown(fastify, pipeline);
  deps.pages?.(fastify);
  fastify.server.on("upgrade", (request, socket, head) => {
    rememberUpgrade(request, { socket, head });
    sockets.track(socket);
    const response = new ServerResponse(request);
    // A refused upgrade ends its connection: Node no longer reads requests from it.
    response.shouldKeepAlive = false;
    const connection = socket as Socket; // of an HTTP server it is one
    response.once("finish", () => connection.destroySoon());
    response.assignSocket(connection);
    fastify.routing(request, response);
  });
  // Event streams and sockets would keep the server open: they end first.
  fastify.addHook("preClose", async () => {
    closing.abort(new Error("the server is stopping"));
    sockets.goAway();
  });

  return {
    fastify,
    sockets,
    async listen(host, port) {
      await fastify.listen({ host, port });
      const address = fastify.server.address();
      if (address === null || typeof address === "string") throw new Error("the server listens on no port");
      return { host: address.address, port: address.port };
    },
    async [Symbol.asyncDispose]() {
      const closed = fastify.close();
      const goodBye = deps.clock.sleep(1_000, { tag: "socket-goodbye" });
      await Promise.race([closed, goodBye]);
      sockets.terminate();
      await closed;
      limiter[Symbol.dispose]();
    },
  };
}

/** A request is let in before its body is read and served after: one look-up does for both. */
function oncePerRequest(authenticate: Authenticate): Authenticate {
  const known = new WeakMap<FastifyRequest, ReturnType<Authenticate>>();
  return (request, access) => {
    const before = known.get(request);
    if (before !== undefined) return before;
    const actor = authenticate(request, access);
    known.set(request, actor);
    return actor;
  };
}

function register(fastify: FastifyInstance, pipeline: PipelineDeps, deps: AppDeps) {
  const operations = new Set<string>();
  const byPath = new Map<string, Map<string, Route>>();
  for (const item of deps.routes) {
    const { endpoint, definition } = item;
    if (operations.has(endpoint.operation)) throw new Error(`Two routes are named ${endpoint.operation}.`);
    operations.add(endpoint.operation);
    // Types ask for it; a route made at run time may still lack it.
    if (definition.access === undefined) throw new Error(`Route ${endpoint.operation} declares no access.`);
    const url = toFastifyPath(endpoint.path);
    byPath.set(url, (byPath.get(url) ?? new Map<string, Route>()).set(endpoint.method, item));
    const options: RouteOptions = {
      method: endpoint.method,
      url,
      exposeHeadRoute: false,
      config: { declared: item },
      ...(definition.maxBodyBytes === undefined ? {} : { bodyLimit: definition.maxBodyBytes }),
      onRequest: admit(pipeline, item),
      handler: serve(pipeline, item),
    };
    if (endpoint.body !== "raw") fastify.route(options);
    else {
      void fastify.register(async (scope) => {
        // Its handler reads the body itself, as it comes.
        scope.removeAllContentTypeParsers();
        scope.addContentTypeParser("*", (_request, _body, done) => done(null));
        scope.route(options);
      });
    }
  }
  for (const [url, known] of byPath) {
    const others = methods.filter((method) => !known.has(method));
    const [sibling] = known.values();
    if (others.length === 0 || sibling === undefined) continue;
    const refusal = methodNotAllowed(sibling, [...known.keys()]);
    fastify.route({
      method: others,
      url,
      exposeHeadRoute: false,
      config: { declared: refusal },
      onRequest: admit(pipeline, refusal),
      handler: serve(pipeline, refusal),
    });
  }
}

/** The reference's answer to a method that a path does not have: no body, once the ids of the path are known to be there. */
function methodNotAllowed(sibling: Route, allowed: readonly string[]): Route {
  const { path } = sibling.endpoint;
  const { load } = sibling.definition;
  return {
    endpoint: { method: "GET", path, operation: "method_not_allowed", summary: "", responses: { 405: null } },
    definition: {
      access: "authenticated",
      ...(load === undefined ? {} : { load }),
      handle: () => ({ status: 405, body: undefined, headers: { Allow: allowed.join(", ") } }),
    },
  };
}

async function onRequest(deps: AppDeps, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  void reply
    .header("X-Coder-Build-Version", deps.version.replace(/\+.*/, ""))
    .header("X-Coder-Request-Id", request.id)
    .header("Vary", "Origin, Cookie")
    .header("X-Content-Type-Options", "nosniff");
  if (request.method === "OPTIONS") {
    // A preflight is told nothing that would let a page in; a cache must know what it had asked for.
    await reply
      .code(200)
      .header("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")
      .send();
    return;
  }
  const cookies = parseCookies(request.headers.cookie);
  if (!cookies.has(csrfCookie)) addCookies(reply, `${csrfCookie}=${newCsrfToken()}; Path=/; HttpOnly; SameSite=Lax`);
  if (!isForged(request, deps.accessUrl())) return;
  const { origin, host } = request.headers;
  deps.log.debug(
    { origin, host, site: request.headers["sec-fetch-site"] },
    "refused what a foreign page may have sent",
  );
  await reply
    .code(400)
    .type("text/plain; charset=utf-8")
    .send(
      "Something is wrong with your CSRF token. Please refresh the page. If this error persists, try clearing your cookies.\n",
    );
}

function routeNotFound(): ApiError {
  return new ApiError("route_not_found", "Route not found.");
}

/** What is below the API's root and no route of it. Whoever is not logged in learns nothing about which routes there are. */
function registerUnknown(fastify: FastifyInstance, pipeline: PipelineDeps) {
  const answer = async (request: FastifyRequest, reply: FastifyReply) =>
    await refuse(pipeline, pipeline.log, request, reply, routeNotFound());
  const onRequest = async (request: FastifyRequest) => void (await pipeline.authenticate(request, "authenticated"));
  fastify.all("/api/v2/*", { onRequest }, answer);
  fastify.all("/api/*", answer);
}

function fromFastify(error: unknown, request: FastifyRequest): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  if (error.code === "FST_ERR_CTP_BODY_TOO_LARGE") {
    return tooLarge(request.routeOptions.bodyLimit, error);
  }
  if ("statusCode" in error && typeof error.statusCode === "number" && error.statusCode < 500) {
    return new ApiError("bad_query", "The request cannot be read.", { cause: error, detail: error.message });
  }
  return error;
}

/** `{name}` as the router has it; the API's root has its slash. */
function toFastifyPath(path: string): string {
  return path.replace(/\{([^}]+)\}/g, ":$1");
}
