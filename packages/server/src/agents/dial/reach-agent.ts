import type { Duplex } from "node:stream";
import type { Clock } from "@hearth/base";
import { ApiError } from "@hearth/sdk";
import { agentPorts } from "@hearth/wire";
import type { Granted, Thing } from "../../access/index.ts";
import type { Db } from "../../ground/database/index.ts";
import type { Relay, Replica } from "../../replicas/index.ts";
import { toApiAgent } from "../resources/to-api-agent.ts";
import { findSuccessor, type FoundAgent } from "../resources/found-agent.ts";
import { saidLifecycle } from "../resources/said-lifecycle.ts";
import type { AgentSession } from "../sessions/agent-session.ts";
import type { AgentSessions } from "../sessions/sessions.ts";
import { decideDial, type DialFacts } from "./decide-dial.ts";
import type { ReachTopics } from "./reach-topics.ts";
import { dialElsewhere, dialSession, type DialOptions, type HeldElsewhere } from "./dial-held.ts";

export interface ReachDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly sessions: AgentSessions;
  readonly reached: ReachTopics;
  readonly replica: Pick<Replica, "id" | "find">;
  readonly relay: Pick<Relay, "open">;
}

/** An agent that can be dialled, wherever its session is. */
export interface ReachedAgent {
  /** Of the agent that was asked for, or of the one that has taken over from it. */
  readonly id: string;
  /**
   * A connection to a port inside.
   * @throws ApiError `dial_refused`, `agent_unreachable`; the signal's reason
   */
  dial(options: DialOptions): Promise<Duplex>;
}

/** What opens any port inside a workspace. */
export type DialGrant = Granted<"workspace:ssh", Thing>;

export interface ReachOptions {
  /** Of the workspace that the grant is on. */
  readonly agentId: string;
  readonly wait: "ready" | "none";
  /** A claim is under way: who waits for `ready` waits for what it makes of the agent. */
  readonly isBeingClaimed?: boolean;
  readonly signal: AbortSignal;
}

/**
 * The agent to dial, once that may be done. Whoever waits is woken by what happens to the workspace, and looks
 * again every 10 s behind words that were lost; an agent that a claim replaces while somebody waits is followed to its successor.
 *
 * @throws ApiError `agent_unreachable` with what can be done; the signal's reason
 */
export async function reachAgent(deps: ReachDeps, granted: DialGrant, options: ReachOptions): Promise<ReachedAgent> {
  return await reach(deps, granted.object.id, options);
}

/**
 * A connection to the API of the agent itself, which tells what whoever sees the workspace may know.
 * @throws ApiError `agent_unreachable`; the signal's reason
 */
export async function dialAgentApi(
  deps: ReachDeps,
  granted: Granted<"workspace:read", Thing>,
  { agentId, reason, signal }: { readonly agentId: string } & Omit<DialOptions, "port">,
): Promise<Duplex> {
  const agent = await reach(deps, granted.object.id, { agentId, wait: "none", signal });
  return await agent.dial({ port: agentPorts.http, reason, signal });
}

async function reach(deps: ReachDeps, workspaceId: string, options: ReachOptions): Promise<ReachedAgent> {
  const { wait, signal } = options;
  let { agentId } = options;
  let isBeingClaimed = wait === "ready" && options.isBeingClaimed === true;
  // Listens before it looks.
  using seat = deps.reached.join(workspaceId);
  for (;;) {
    signal.throwIfAborted();
    const seen = seat.version;
    const session = isBeingClaimed ? undefined : deps.sessions.registry.newest(agentId);
    if (session !== undefined) {
      requireSame(workspaceId, session.workspaceId);
      if (session.taking !== undefined) {
        await session.settled(signal);
        continue;
      }
      if (decide(factsOf(session), wait) === "go") return { id: agentId, dial: (to) => dialSession(deps, session, to) };
      await seat.news(seen, signal);
      continue;
    }
    const agent = (await seat.read(agentId)).value;
    if (isBeingClaimed && agent?.is_being_claimed === true) {
      await seat.news(seen, signal);
      continue;
    }
    if (isBeingClaimed) {
      isBeingClaimed = false;
      continue;
    }
    const stored = await readStored(deps, workspaceId, agentId, agent);
    if (typeof stored === "string") {
      agentId = stored;
      continue;
    }
    // It came while its row was read, or comes just now: the row may say so before its session is known as recorded.
    const coming = deps.sessions.registry.ofAgent(agentId).find(isComing);
    if (coming) {
      await coming.opened.catch(() => undefined); // it left again
      continue;
    }
    const { facts, held } = stored;
    if (decide(facts, wait) === "wait") await seat.news(seen, signal);
    else if (held !== undefined) return { id: agentId, dial: (to) => dialElsewhere(deps, held, to) };
  }
}

/** A right on one workspace opens nothing of another. @throws ApiError `agent_unreachable` */
function requireSame(granted: string, workspaceId: string): void {
  if (workspaceId !== granted) throw gone();
}

function gone(): ApiError {
  return new ApiError("agent_unreachable", "The agent is gone.");
}

function isComing(session: AgentSession): boolean {
  return session.isOpen && session.isMonitored;
}

/** @throws ApiError `agent_unreachable` */
function decide(facts: DialFacts, wait: "ready" | "none"): "go" | "wait" {
  const decision = decideDial(facts, wait);
  if (typeof decision === "object") throw new ApiError("agent_unreachable", decision.refuse);
  return decision;
}

/** Dials a port of the agent at once. @throws ApiError `agent_unreachable`, `dial_refused`; the signal's reason */
export async function dialAgent(
  deps: ReachDeps,
  granted: DialGrant,
  options: Omit<ReachOptions, "wait"> & DialOptions & { wait?: "ready" | "none" },
): Promise<Duplex> {
  const { port, reason, signal, wait = "none" } = options;
  const reached = await reachAgent(deps, granted, { ...options, wait });
  return await reached.dial({ port, reason, signal });
}

function factsOf(session: AgentSession): DialFacts {
  return {
    heldBy: "us",
    status: "connected",
    lifecycle: session.lifecycleState,
    blocksLogin: session.blocksLogin,
    isOfClaim: session.isOfClaim,
  };
}

interface Stored {
  readonly facts: DialFacts;
  /** There when another replica holds it. */
  readonly held: HeldElsewhere | undefined;
}

/** What is stored; or the id of the agent that has taken over. @throws ApiError `agent_unreachable` */
async function readStored(
  deps: ReachDeps,
  workspaceId: string,
  agentId: string,
  agent: FoundAgent | undefined,
): Promise<Stored | string> {
  if (agent === undefined) throw gone();
  requireSame(workspaceId, agent.workspace_id);
  if (agent.deleted) {
    const successor = await findSuccessor(deps.db, agentId);
    if (successor !== undefined) return successor;
  }
  const { status, startup_script_behavior: behavior } = toApiAgent(agent, deps.clock.now());
  const { session_replica_id: replicaId, session_generation: generation } = agent;
  const isElsewhere = status === "connected" && replicaId !== null && replicaId !== deps.replica.id;
  return {
    facts: {
      heldBy: isElsewhere ? "another" : "nobody",
      status,
      lifecycle: saidLifecycle(agent),
      blocksLogin: behavior === "blocking",
      isOfClaim: agent.stage === "claim",
    },
    held: isElsewhere ? { agentId, generation, replicaId } : undefined,
  };
}
