import type { Duplex } from "node:stream";
import type { Clock } from "@hearth/base";
import { ApiError } from "@hearth/sdk";
import { dial } from "@hearth/wire";
import type { Db } from "../../ground/database/index.ts";
import { toApiAgent } from "../resources/to-api-agent.ts";
import { findAgent, findSuccessor } from "../routes/find-agent.ts";
import type { AgentSession } from "../sessions/agent-session.ts";
import type { AgentSessions } from "../sessions/sessions.ts";
import { decideDial, type DialFacts } from "./decide-dial.ts";
import { toDialError } from "./failures.ts";

export interface ReachDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly sessions: AgentSessions;
}

export interface ReachOptions {
  readonly agentId: string;
  readonly workspaceId: string;
  readonly wait: "ready" | "none";
  /** A claim is under way: who waits for `ready` waits for what it makes of the agent. */
  readonly isBeingClaimed?: boolean;
  readonly signal: AbortSignal;
}

/**
 * The session to dial, once that may be done. Whoever waits is woken by what happens to the workspace and never polls;
 * an agent that a claim replaces while somebody waits is followed to its successor.
 *
 * @throws ApiError `agent_unreachable` with what can be done; the signal's reason
 */
export async function reachAgent(deps: ReachDeps, options: ReachOptions): Promise<AgentSession> {
  let { agentId } = options;
  let bell = Promise.withResolvers<void>();
  let isBeingClaimed = options.wait === "ready" && options.isBeingClaimed === true;
  const ring = () => bell.resolve();
  // Listens before it looks.
  using _watch = deps.sessions.watch(options.workspaceId, (change) => {
    if (change === "prebuild_claimed" || change === "claim_failed" || change === "dropped") isBeingClaimed = false;
    ring();
  });
  options.signal.addEventListener("abort", ring, { once: true });
  try {
    for (;;) {
      options.signal.throwIfAborted();
      bell = Promise.withResolvers<void>();
      if (isBeingClaimed) {
        await bell.promise;
        continue;
      }
      const session = deps.sessions.registry.newest(agentId);
      const facts = session === undefined ? await readFacts(deps, agentId) : factsOf(session);
      if (typeof facts === "string") {
        agentId = facts;
        continue;
      }
      const decision = decideDial(facts, options.wait);
      if (decision === "go" && session !== undefined) return session;
      // It came while its row was read, or comes just now: the row may say so before its session is known as recorded.
      const coming = session === undefined && deps.sessions.registry.ofAgent(agentId).find(isComing);
      if (coming) {
        await coming.opened.catch(() => undefined); // it left again
        continue;
      }
      if (typeof decision === "object") throw new ApiError("agent_unreachable", decision.refuse);
      await bell.promise;
    }
  } finally {
    options.signal.removeEventListener("abort", ring);
  }
}

function isComing(session: AgentSession): boolean {
  return session.isOpen && session.isMonitored;
}

export interface DialOptions {
  readonly port: number;
  /** What for, as the agent logs it. */
  readonly reason?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * A connection to a port inside, over a session that was reached.
 * @throws ApiError `dial_refused`, `agent_unreachable`; the signal's reason
 */
export async function dialSession(deps: ReachDeps, session: AgentSession, options: DialOptions): Promise<Duplex> {
  try {
    return await dial(session.yamux, { ...options, clock: deps.clock });
  } catch (error) {
    options.signal.throwIfAborted();
    throw toDialError(error, options.port);
  }
}

/** Dials a port of the agent at once. @throws ApiError `agent_unreachable`, `dial_refused`; the signal's reason */
export async function dialAgent(
  deps: ReachDeps,
  options: Omit<ReachOptions, "wait"> & DialOptions & { wait?: "ready" | "none" },
): Promise<Duplex> {
  const { port, reason, signal, wait = "none" } = options;
  const session = await reachAgent(deps, { ...options, wait });
  return await dialSession(deps, session, { port, reason, signal });
}

function factsOf(session: AgentSession): DialFacts {
  return {
    isHeldHere: true,
    status: "connected",
    lifecycle: session.lifecycleState,
    blocksLogin: session.blocksLogin,
    isOfClaim: session.isOfClaim,
  };
}

/** What is stored; or the id of the agent that has taken over. */
async function readFacts(deps: ReachDeps, agentId: string): Promise<DialFacts | string> {
  const agent = await findAgent(deps.db, agentId);
  if (agent === undefined) throw new ApiError("agent_unreachable", "The agent is gone.");
  if (agent.deleted) {
    const successor = await findSuccessor(deps.db, agentId);
    if (successor !== undefined) return successor;
  }
  const { status, lifecycle_state: lifecycle, startup_script_behavior: behavior } = toApiAgent(agent, deps.clock.now());
  const isOfClaim = agent.stage === "claim";
  return { isHeldHere: false, status, lifecycle, blocksLogin: behavior === "blocking", isOfClaim };
}
