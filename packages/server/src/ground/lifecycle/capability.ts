import type { FastifyInstance } from "fastify";
import type { Tx } from "../database/index.ts";
import type { Route } from "../http/index.ts";
import type { EffectHandler } from "../outbox/index.ts";
import type { StopPhase } from "./stop-phases.ts";

/** Work that goes on beside requests, from when the server is up until it stops. */
export interface Loop {
  readonly name: string;
  /** Resolves soon after `signal` has aborted, and not before; what fails in between is its own to deal with. */
  run(signal: AbortSignal): Promise<void>;
}

/** Seals one thing of the row with this id, which an earlier release stored open. */
export type SealOld = (tx: Tx, id: string, content: Buffer) => Promise<void>;

/** What is known once requests are answered. */
export interface Serving {
  /** What agents and browsers use. */
  readonly accessUrl: string;
  /** Ends a start that takes too long or is interrupted. */
  readonly signal: AbortSignal;
}

/**
 * A part of the server, as its `createX` makes it: what it opened for itself, and whatever it has for the others to run.
 * What other capabilities need of one stands beside these, in a type of its own.
 *
 * `Kind` is what makes jobs of a type; a capability that queues none has no such thing.
 */
export interface Capability<Kind = never> {
  /** The name of its folder. */
  readonly name: string;
  readonly routes?: readonly Route[];
  /** By the type of the jobs that it queues. */
  readonly jobKinds?: Readonly<Record<string, Kind>>;
  /** By the kind of what an earlier release stored open. */
  readonly sealers?: Readonly<Record<string, SealOld>>;
  readonly loops?: readonly Loop[];
  /** Who delivers the effects that it writes. */
  readonly effects?: readonly EffectHandler[];
  /** What the app answers beside the routes. Told of all routes of the server. */
  readonly pages?: (app: FastifyInstance, routes: readonly Route[]) => void;
  /** What is open since it was made and requests use: ends after the last of them, in reverse. */
  readonly opened?: readonly StopPhase[];
  /** What is open since it was made, for the loops and what was started: ends after those, and before requests do. */
  readonly openedForWork?: readonly StopPhase[];
  /** Begins what takes up work, once requests are answered. Resolves with how it ends, which it does first of all. */
  readonly start?: (serving: Serving) => Promise<StopPhase>;
}
