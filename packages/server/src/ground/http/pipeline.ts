import type { ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { WebSocket } from "ws";
import { Scope, type Clock, type Logger } from "@hearth/base";
import { ApiError, type EndpointShape } from "@hearth/sdk";
import type { Actor, Context } from "../../access/index.ts";
import type { HeldGrant, HeldGrants, Holder } from "../live/index.ts";
import { discardRest } from "./discard-rest.ts";
import { EventStream } from "./event-stream.ts";
import { toErrorBody } from "./error-response.ts";
import { isOfForeignPage } from "./page-guard.ts";
import { parseBody, parseQuery } from "./parse-body.ts";
import { rawBody } from "./raw-body.ts";
import type { RateLimiter } from "./rate-limit.ts";
import type { Access, Reply, RequestFacts, Route } from "./route.ts";
import { upgradeOf, type SocketServer } from "./socket.ts";

/** Finds out who asks. Throws `not_authenticated` or `agent_not_authorized` where the access wants somebody. */
export type Authenticate = (request: FastifyRequest, access: Access) => Promise<Actor>;

export interface PipelineDeps {
  readonly createContext: (actor: Actor, log: Logger, signal: AbortSignal) => Context;
  readonly log: Logger;
  readonly clock: Clock;
  readonly authenticate: Authenticate;
  /** What is open, as long as it may be. */
  readonly held: HeldGrants;
  readonly sockets: SocketServer;
  readonly limiter: RateLimiter;
  /** Requests a minute of one caller; 0 or less = no limit. */
  readonly ratePerMinute: number;
  readonly accessUrl: () => string;
  /** Aborts when the server stops. */
  readonly closing: AbortSignal;
  /** In tests: every success answer must be what its endpoint says. */
  readonly checkAnswers: boolean;
  readonly onAnswer?: (operation: string, status: number, durationMs: number) => void;
}

/**
 * Lets a request in, or not: log-in (401), what stays open only for pages of ours (403), limits (429). Before its body is
 * read: whoever may not ask need not be listened to.
 */
export function admit(deps: PipelineDeps, { endpoint, definition }: Route) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    letInAt.set(request, deps.held.mark());
    const actor = await deps.authenticate(request, definition.access);
    if ((definition.socket ?? definition.stream) !== undefined && isOfForeignPage(request, deps.accessUrl())) {
      throw new ApiError(
        "bad_origin",
        "WebSockets and event streams are only opened for pages of this server's own address.",
      );
    }
    limitRate(deps, endpoint, definition.ratePerMinute, actor, request, reply);
  };
}

/** When who asks was looked up: what is heard from then on counts for what the request opens. */
const letInAt = new WeakMap<FastifyRequest, number>();

/**
 * The way of a request through a route once it was let in, in the order that the contract fixes: ids of the path (400,
 * 404), body (400), its fields (400), then the operation with its rights.
 */
export function serve(deps: PipelineDeps, { endpoint, definition }: Route) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const startedAt = performance.now();
    const log = deps.log.child({ requestId: request.id, operation: endpoint.operation });
    // Over with the handler, always: what it leaves behind must not hold on to the request, nor the request to it.
    using scope = new Scope(deps.closing);
    const { signal } = scope;
    const onClose = () => scope.end(new Error("the client left"));
    request.raw.socket.once("close", onClose);
    using open = new DisposableStack();
    let stream: EventStream | undefined;
    let socket: WebSocket | undefined;
    /** Ends what is open, or is about to be. */
    const onEnded = (why: ApiError) => {
      if (socket !== undefined) void cutOff(socket, why, deps.clock); // never rejects
      stream?.end(why);
      scope.end(why);
    };
    /** Resolves when what changed since the request was let in is decided. */
    const hold = async (actor: Actor, granted?: HeldGrant, onAgain?: Holder["onAgain"]): Promise<void> => {
      if (actor.kind !== "user" || granted === undefined) return;
      const since = letInAt.get(request) ?? 0;
      await open.use(deps.held.hold(granted, actor, since, { onEnded, onAgain: (now) => onAgain?.(now) })).settled;
    };
    try {
      const actor = await deps.authenticate(request, definition.access);
      const ctx = deps.createContext(actor, log, signal);
      const params = storable(request.params as Record<string, string>); // the router gives texts
      const facts = factsOf(request);
      const query = readQuery(endpoint, request.query);
      const call = { ctx, params, query: query.ok ? query.value : {}, request: facts };
      const loaded = await definition.load?.(call);
      // A bad query is told after an id that is not there.
      if (!query.ok) throw query.error;
      const upgrade = upgradeOf(request.raw);
      if (endpoint.socket === true && upgrade !== undefined && definition.socket !== undefined) {
        await definition.socket({
          ...call,
          loaded,
          closing: deps.closing,
          accept: async (granted, onAgain) => {
            await hold(actor, granted, onAgain);
            signal.throwIfAborted();
            reply.hijack();
            detach(reply.raw);
            socket = await deps.sockets.accept(request.raw, upgrade, definition.upgradeHeaders);
            if (signal.reason instanceof ApiError) onEnded(signal.reason);
            return socket;
          },
        });
        return;
      }
      if (definition.stream !== undefined) {
        const body = readBody(endpoint, definition, request) as undefined; // as below
        await definition.stream({ ...call, loaded, body }, (granted, onAgain) => {
          stream = openStream(reply, deps.clock, signal);
          void hold(actor, granted, onAgain); // never rejects
          return stream;
        });
        if (reply.raw.headersSent) reply.raw.end();
        return;
      }
      if (definition.handle === undefined) {
        reply.header("connection", "Upgrade").header("upgrade", "websocket");
        throw new ApiError("upgrade_required", "This address speaks WebSocket only: ask for an upgrade.");
      }
      const body = readBody(endpoint, definition, request);
      // The body has the endpoint's own type, which a list of routes forgets.
      const answer = await definition.handle({
        ...call,
        loaded,
        body: body as undefined,
        hold: (granted, onAgain) => hold(actor, granted, onAgain),
      });
      if (deps.checkAnswers) checkAnswer(endpoint, answer);
      await sendAnswer(endpoint, reply, answer);
    } catch (error) {
      if (endpoint.body === "raw") letRestCome(deps, request, reply);
      await refuse(deps, log, request, reply, error);
    } finally {
      request.raw.socket.off("close", onClose);
      deps.onAnswer?.(endpoint.operation, reply.statusCode, performance.now() - startedAt);
    }
  };
}

/** Of a body that is refused on the way the rest still comes: its sender is to see the answer, not a cut connection. */
export function letRestCome(
  { clock, closing }: Pick<PipelineDeps, "clock" | "closing">,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  // A connection that is closed while its client sends is reset, and the answer lost with it.
  void reply.removeHeader("connection");
  reply.raw.shouldKeepAlive = true;
  void discardRest(request.raw, clock, closing);
}

/** Answers with what a caller may know of the error; logs what is a bug. */
export async function refuse(
  deps: Pick<PipelineDeps, "closing">,
  log: Logger,
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
): Promise<void> {
  const { status, body, isBug } = toErrorBody(error, request.id);
  const aborted = request.raw.socket.destroyed || deps.closing.aborted;
  if (isBug && !aborted) log.error({ err: error }, "request failed");
  if (reply.raw.headersSent || reply.sent) {
    reply.raw.destroy();
    return;
  }
  if (status === 401) void reply.header("WWW-Authenticate", 'Bearer realm="coder"');
  await reply.code(status).type("application/json; charset=utf-8").send(JSON.stringify(body));
}

function limitRate(
  deps: PipelineDeps,
  endpoint: EndpointShape,
  ownLimit: number | undefined,
  actor: Actor,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const limit = deps.ratePerMinute <= 0 ? 0 : (ownLimit ?? deps.ratePerMinute);
  if (limit <= 0 || actor.kind === "agent") return;
  if (actor.kind === "user" && actor.roles.includes("owner") && request.headers["x-coder-bypass-ratelimit"] === "true")
    return;
  const caller = actor.kind === "user" ? actor.userId : request.ip;
  const verdict = deps.limiter.take(ownLimit === undefined ? "api" : endpoint.operation, caller, limit);
  void reply.header("X-Ratelimit-Limit", verdict.limit).header("X-Ratelimit-Remaining", verdict.remaining);
  if (verdict.allowed) return;
  void reply.header("Retry-After", verdict.retryAfterSeconds);
  throw new ApiError(
    "rate_limited",
    `You've been rate limited to ${verdict.limit} requests a minute: wait ${verdict.retryAfterSeconds} seconds.`,
  );
}

function factsOf(request: FastifyRequest): RequestFacts {
  return { headers: request.headers, remoteAddress: request.ip };
}

type ReadQuery = { ok: true; value: Record<string, unknown> } | { ok: false; error: unknown };

function readQuery(endpoint: EndpointShape, given: unknown): ReadQuery {
  try {
    return { ok: true, value: endpoint.query === undefined ? {} : parseQuery(endpoint.query, given) };
  } catch (error) {
    return { ok: false, error };
  }
}

/** PostgreSQL looks for no text with U+0000: in its place comes what no id and no name holds, so that nothing is found. */
function storable(params: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(params).map(([name, text]) => [name, text.replaceAll("\0", "\uFFFD")]));
}

function readBody(endpoint: EndpointShape, definition: Route["definition"], request: FastifyRequest): unknown {
  if (endpoint.body === undefined) return undefined;
  if (endpoint.body === "raw") return rawBody(request.raw, request.routeOptions.bodyLimit);
  const bytes = request.body instanceof Uint8Array ? request.body : new Uint8Array();
  const { lenientBody = false, anyText = false } = definition;
  if (!lenientBody) return parseBody(endpoint.body, bytes, { anyText });
  try {
    return parseBody(endpoint.body, bytes);
  } catch {
    return {}; // this route takes what it can read
  }
}

function checkAnswer(endpoint: EndpointShape, answer: Reply<EndpointShape>) {
  const shape = endpoint.responses[answer.status] as z.ZodType | "raw" | null | undefined; // "events" never comes here
  if (shape === undefined)
    throw new Error(`${endpoint.operation} answered ${answer.status}, which it does not declare`);
  if (shape === null || shape === "raw") return;
  const parsed = shape.safeParse(JSON.parse(JSON.stringify(answer.body)));
  if (!parsed.success) {
    throw new Error(`${endpoint.operation} answered what its schema forbids: ${parsed.error.message}`);
  }
}

async function sendAnswer(endpoint: EndpointShape, reply: FastifyReply, answer: Reply<EndpointShape>) {
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    // Cookies may be set already; the rest is set once.
    if (name.toLowerCase() === "set-cookie") addCookies(reply, value);
    else void reply.header(name, value);
  }
  void reply.code(answer.status);
  if (endpoint.responses[answer.status] === null) {
    await reply.send();
    return;
  }
  if (endpoint.responses[answer.status] === "raw") {
    const body = answer.body as Uint8Array | Readable; // by the endpoint's type
    const sent = reply
      .type(answer.contentType ?? "application/octet-stream")
      .send(body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : body);
    if (answer.isHeadFirst === true) reply.raw.flushHeaders();
    await sent;
    return;
  }
  if (answer.text !== undefined) {
    await reply.type("text/plain; charset=utf-8").send(answer.text);
    return;
  }
  await reply.type("application/json; charset=utf-8").send(JSON.stringify(answer.body));
}

/** Adds cookies beside those that are set. */
export function addCookies(reply: FastifyReply, value: string | readonly string[]): void {
  const before = reply.getHeader("set-cookie");
  const list = before === undefined ? [] : Array.isArray(before) ? before : [String(before)];
  void reply.removeHeader("set-cookie");
  void reply.header("set-cookie", [...list, ...(typeof value === "string" ? [value] : value)]);
}

function openStream(reply: FastifyReply, clock: Clock, signal: AbortSignal): EventStream {
  const headers = reply.getHeaders();
  reply.hijack();
  reply.raw.writeHead(200, {
    ...(headers as Record<string, string | string[]>), // ours are texts and lists of them
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",
  });
  reply.raw.flushHeaders();
  return new EventStream(reply.raw, clock, signal);
}

/** After the upgrade the socket belongs to the WebSocket: the HTTP response lets go of it. */
function detach(response: ServerResponse) {
  if (response.socket !== null) response.detachSocket(response.socket);
}

/** How long a client that may not go on may take to answer the close. */
const lastWordMs = 1_000;

/** Says why, and waits a moment for the answer: nobody holds a connection open by silence. */
async function cutOff(socket: WebSocket, why: ApiError, clock: Clock): Promise<void> {
  using open = new Scope();
  socket.once("close", () => open.end());
  socket.close(1008, why.message);
  try {
    await clock.sleep(lastWordMs, { signal: open.signal, tag: "cut-off" });
    socket.terminate();
  } catch {
    // It has answered.
  }
}
