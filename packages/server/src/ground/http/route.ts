import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import type { WebSocket } from "ws";
import { experimentalOf, type Answer, type Body, type EndpointShape, type PathParams, type Query } from "@hearth/sdk";
import type { Action, AgentActor, Context, Grant, Granted, GrantedList, UserActor } from "../../access/index.ts";
import type { HeldGrant, Holder } from "../live/index.ts";
import type { EventStream } from "./event-stream.ts";

/**
 * What a route needs before anything of it runs.
 *
 * An action (`workspace:read`) asks for a log-in, and for the grant of that very action with every answer, and to open a
 * stream or a socket: without one the route does not compile; of several actions that of one. `authenticated`: any log-in, what is answered is the
 * caller's own or everyone's. `public`: no log-in. `agent`: an agent's token.
 */
export type Access = Action | readonly Action[] | "authenticated" | "public" | "agent";

/** The part of the request that is no schema's business. */
export interface RequestFacts {
  readonly headers: IncomingMessage["headers"];
  readonly remoteAddress: string;
}

/** What is known before the ids of the path are resolved. */
export interface LoadCall<E extends EndpointShape> {
  readonly ctx: Context;
  readonly params: PathParams<E["path"]>;
  readonly query: Query<E>;
  readonly request: RequestFacts;
}

export interface Call<E extends EndpointShape, Loaded> extends LoadCall<E> {
  /** Bytes come as the client sends them, up to the route's limit; reading on throws `too_large`. */
  readonly body: E["body"] extends "raw" ? AsyncIterable<Uint8Array> : Body<E>;
  readonly loaded: Loaded;
}

type Extra = {
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** For raw bodies. */
  readonly contentType?: string;
  /** Of a body that comes piece by piece: its head is sent at once, since the first piece may come much later. */
  readonly isHeadFirst?: true;
  /** Sent as plain text in the place of the body, where a caller asked for text. */
  readonly text?: string;
};

/** A success answer: one of the endpoint's, headers beside it. */
export type Reply<E extends EndpointShape> = Streamable<Answer<E>> & Extra;

/** A success answer, refusals apart, with the grant that the route's access asks for. */
export type GrantedReply<E extends EndpointShape, A extends Access> = Reply<E> &
  ([A] extends [Action | readonly Action[]]
    ? { readonly granted: Grant<ActionOf<A>> }
    : { readonly granted?: Grant<Action> });

type ActionOf<A extends Action | readonly Action[]> = A extends readonly (infer One extends Action)[] ? One : A;

/**
 * Opens what stays open, for the grant that the route's access asks for. When that is no more, what was opened ends; of a
 * list `onAgain` is told whenever its actor may see other things than before.
 */
export type Open<A extends Access, T> = [A] extends [Action | readonly Action[]]
  ? (
      granted: Granted<ActionOf<A>> | GrantedList<ActionOf<A>>,
      onAgain?: (granted: GrantedList<ActionOf<A>>) => void,
    ) => T
  : (granted?: HeldGrant, onAgain?: Holder["onAgain"]) => T;

/** Bytes may be sent as they come. */
type Streamable<A> = A extends { readonly body: Uint8Array }
  ? Omit<A, "body"> & { readonly body: Uint8Array | Readable }
  : A;

/** What only a handler of plain answers has. */
export interface HandleCall<E extends EndpointShape, Loaded, A extends Access> extends Call<E, Loaded> {
  /** Before what takes long, as bytes do that come or go piece by piece: when the right ends, the call's signal aborts. */
  readonly hold: Open<A, Promise<void>>;
}

/** What only a WebSocket's handler has. */
export interface SocketCall<E extends EndpointShape, Loaded, A extends Access> extends Omit<Call<E, Loaded>, "body"> {
  /** Upgrades; before it every throw is an ordinary refusal, after it the handler ends the socket itself. */
  readonly accept: Open<A, Promise<WebSocket>>;
  /** Aborts when the server stops: for what goes on after its request, whose own signal (`ctx`) ends with the handler. */
  readonly closing: AbortSignal;
}

export interface RouteDefinition<E extends EndpointShape, Loaded, A extends Access> {
  readonly access: A;
  /** Resolves the ids of the path, left to right, before the body is looked at (400 malformed, 404 unknown or hidden). */
  readonly load?: (call: LoadCall<E>) => Promise<Loaded> | Loaded;
  readonly handle?: (
    call: HandleCall<E, Loaded, NoInfer<A>>,
  ) => Promise<GrantedReply<E, NoInfer<A>>> | GrantedReply<E, NoInfer<A>>;
  /** For endpoints with an event stream. The stream stays open until the handler resolves. */
  readonly stream?: (call: Call<E, Loaded>, open: Open<NoInfer<A>, EventStream>) => Promise<void>;
  readonly socket?: (call: SocketCall<E, Loaded, NoInfer<A>>) => Promise<void>;
  /** Headers of the answer that upgrades. */
  readonly upgradeHeaders?: Readonly<Record<string, string>>;
  /** Largest body in bytes. @default 1 MiB */
  readonly maxBodyBytes?: number;
  /**
   * Media types of a body that a session cookie may send: of what the route takes, those that no form of another site
   * sends. @default JSON alone
   */
  readonly bodyTypes?: readonly string[];
  /** For what hands out a session: pages of other addresses are refused though they bring none. */
  readonly ownPagesOnly?: true;
  /** Requests a minute of one caller on this route alone, beside the general limit. */
  readonly ratePerMinute?: number;
  /** Without a body of JSON nothing is refused: the route takes what it can read (`POST …/usage`). */
  readonly lenientBody?: true;
  /** The body's texts are what programs print, and may hold what cannot be stored: the route sees to it. */
  readonly anyText?: true;
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** What the matched address is of: guards ask this, never the text of an address, which has many spellings. */
    readonly declared?: Route;
  }
}

/** A route of any types, for lists of them. */
export interface Route {
  readonly endpoint: EndpointShape;
  readonly definition: RouteDefinition<EndpointShape, unknown, Access>;
}

/**
 * Joins an endpoint with what serves it: `route(endpoint)({ access, handle })`. Two steps, because TypeScript must know the
 * endpoint before it looks at what a handler answers.
 */
export function route<const E extends EndpointShape>(
  endpoint: E,
): <const A extends Access, Loaded = undefined>(definition: RouteDefinition<E, Loaded, A>) => Route {
  // The pair fits by the type parameters; lists of routes forget them.
  return (definition) => ({ endpoint, definition: definition as unknown as Route["definition"] });
}

/** The same for an operation that older clients know at `/api/experimental/…`: its two routes. */
export function bothPrefixes<const E extends EndpointShape>(
  endpoint: E,
): <const A extends Access, Loaded = undefined>(definition: RouteDefinition<E, Loaded, A>) => Route[] {
  return (definition) => {
    const one = route(endpoint)(definition);
    return [one, { ...one, endpoint: experimentalOf(one.endpoint) }];
  };
}

/** Who may be behind `authenticated` and actions. @throws Error when the route's access lets others in: a bug of the route. */
export function userOf({ actor }: Pick<Context, "actor">): UserActor {
  if (actor.kind !== "user") throw new Error("route for users reached by another actor");
  return actor;
}

/** The agent behind an `agent` route. */
export function agentOf(ctx: Context): AgentActor {
  if (ctx.actor.kind !== "agent") throw new Error("route for agents reached by another actor");
  return ctx.actor;
}
