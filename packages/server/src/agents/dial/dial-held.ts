import type { Duplex } from "node:stream";
import { type Clock, messageOf } from "@hearth/base";
import { ApiError } from "@hearth/sdk";
import { dial, DialRefused, toDialRefusal } from "@hearth/wire";
import type { Db } from "../../ground/database/index.ts";
import { RelayRefused, RelayUnreachable, type Relay, type RelayRefusal, type Replica } from "../../replicas/index.ts";
import type { AgentSession } from "../sessions/agent-session.ts";
import type { SessionRegistry } from "../sessions/registry.ts";
import { findHolder } from "../sessions/store.ts";
import { toDialError } from "./failures.ts";

export interface DialOptions {
  readonly port: number;
  /** What for, as the agent logs it. */
  readonly reason?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * A connection to a port inside, over a session that this replica holds.
 * @throws ApiError `dial_refused`, `agent_unreachable`; the signal's reason
 */
export async function dialSession(
  { clock }: { clock: Clock },
  session: AgentSession,
  options: DialOptions,
): Promise<Duplex> {
  try {
    return await dial(session.yamux, { ...options, clock });
  } catch (error) {
    options.signal.throwIfAborted();
    throw toDialError(error, options.port);
  }
}

/** A session that another replica holds, as the database has it. */
export interface HeldElsewhere {
  readonly agentId: string;
  readonly generation: number;
  readonly replicaId: string;
}

export interface ElsewhereDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly sessions: { readonly registry: Pick<SessionRegistry, "newest"> };
  readonly replica: Pick<Replica, "id" | "find">;
  readonly relay: Pick<Relay, "open">;
}

const tryAgain = "its connection moves to another server of this deployment: try again in a few seconds";

/**
 * The same over the replica that holds the session. An agent that has moved meanwhile is followed once.
 * @throws ApiError `dial_refused`, `agent_unreachable`; the signal's reason
 */
export async function dialElsewhere(deps: ElsewhereDeps, held: HeldElsewhere, options: DialOptions): Promise<Duplex> {
  try {
    return await askHolder(deps, held, options);
  } catch (error) {
    if (!hasMoved(error)) throw toRelayError(error, options);
    const now = await findHolder(deps.db, held.agentId);
    // It came to us.
    const session = deps.sessions.registry.newest(held.agentId);
    if (session !== undefined) return await dialSession(deps, session, options);
    const isSame = now?.replicaId === held.replicaId && now.generation === held.generation;
    if (now === undefined || isSame || now.replicaId === deps.replica.id) throw toRelayError(error, options);
    return await askHolder(deps, now, options).catch((cause: unknown) => {
      throw toRelayError(cause, options);
    });
  }
}

async function askHolder(deps: ElsewhereDeps, held: HeldElsewhere, options: DialOptions): Promise<Duplex> {
  const { port, reason, signal } = options;
  const peer = await deps.replica.find(held.replicaId);
  if (peer === undefined) throw new RelayUnreachable("The server that held the agent is gone.");
  const request = { agent_id: held.agentId, generation: held.generation, port, reason };
  return await deps.relay.open(peer, "agent_dial", request, { signal });
}

function hasMoved(error: unknown): boolean {
  return error instanceof RelayUnreachable || (error instanceof RelayRefused && error.refusal === "not held");
}

/** What the other replica's word means to whoever asked for the dial: the same as if the agent were held here. */
function toRelayError(error: unknown, { port, signal }: DialOptions): unknown {
  signal.throwIfAborted();
  if (error instanceof RelayUnreachable) {
    return new ApiError("agent_unreachable", `The agent cannot be reached: ${tryAgain}.`, {
      cause: error,
      detail: error.message,
    });
  }
  if (!(error instanceof RelayRefused)) return error;
  if (error.refusal === "not held") {
    return new ApiError("agent_unreachable", `The agent is not where it was: ${tryAgain}.`, { cause: error });
  }
  const refusal = toDialRefusal(error.refusal);
  if (refusal === undefined) return new ApiError("agent_unreachable", error.message, { cause: error });
  return toDialError(new DialRefused(refusal, error.message, error), port);
}

/** The word to the replica that asked, of a dial that failed here. */
export function refusalOf(error: unknown): RelayRefused {
  const cause = error instanceof ApiError ? error.cause : error;
  const message = messageOf(error);
  const refusal: RelayRefusal<"agent_dial"> = cause instanceof DialRefused ? cause.reason : "lost";
  return new RelayRefused(refusal, message, error);
}
