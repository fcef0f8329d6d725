import { retry, type Clock, type Logger } from "@hearth/base";
import type { Db } from "../../ground/database/index.ts";
import type { Replica } from "../../replicas/index.ts";
import { authorize, type Context } from "../../access/index.ts";
import { authorizeAgent, type AgentFacts } from "../access/agent-grant.ts";
import type { AgentSession } from "./agent-session.ts";
import type { IdentityCache } from "./identity-cache.ts";
import type { SessionRegistry } from "./registry.ts";
import {
  checkAgents,
  readFacts,
  recordConnect,
  recordDisconnect,
  type HeldSession,
  type SessionFacts,
} from "./store.ts";
import { inactivityMs } from "./timing.ts";

export interface SessionRecordsDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly replica: Pick<Replica, "id">;
  readonly registry: SessionRegistry;
  readonly identities: IdentityCache;
  /** Its signal aborts when the server stops. */
  readonly ctx: Context;
  /** The session goes on as the agent that a claim made of its own. */
  readonly onMoved: (session: AgentSession) => void;
}

/** What is written of a session: that it began, and that it ended. Between the two nothing is. */
export class SessionRecords {
  readonly #deps: SessionRecordsDeps;

  constructor(deps: SessionRecordsDeps) {
    this.#deps = deps;
  }

  /**
   * Records the connection, and resolves with what the session begins with; undefined when the agent is gone. One that a
   * claim has replaced meanwhile goes on as its successor.
   */
  async begin(session: AgentSession): Promise<SessionFacts | undefined> {
    const { ctx, db, clock, replica, identities, registry } = this.#deps;
    for (let attempt = 0; attempt < 3; attempt++) {
      const { agentId } = session;
      const facts = session.isMonitored
        ? await recordConnect(db, authorizeAgent(ctx, "workspace:update_agent", this.#factsOf(session)), {
            replicaId: replica.id,
            nowMs: clock.now(),
          })
        : await readFacts(db, authorizeAgent(ctx, "workspace:read", this.#factsOf(session)));
      if (facts !== undefined) {
        identities.set(facts.identity);
        session.generation = facts.generation;
        if (session.agentId === agentId || facts.generation === undefined) return facts;
        // A claim that committed after the connection was recorded has moved it, one generation on.
        session.generation = facts.generation + 1;
        return { ...facts, lifecycleState: "starting", isOfClaim: true, logsOverflowed: false };
      }
      if (session.agentId !== agentId) continue; // a claim's announcement came meanwhile
      const [checked] = await checkAgents(db, authorize(ctx, "workspace:read", {}), [agentId]);
      if (checked?.successor === undefined) return undefined;
      registry.move(session, checked.successor.agentId);
      this.#deps.onMoved(session);
    }
    return undefined;
  }

  /**
   * Records the end; false when it was none that anybody sees. When the server stops, the end of its lease does this for
   * all sessions at once.
   */
  async end(session: AgentSession): Promise<boolean> {
    const { generation, lastHeardMs } = session;
    if (!session.isMonitored || generation === undefined || session.closeReason === "going away") return false;
    const held = { generation, replicaId: this.#deps.replica.id };
    return await this.endOf(this.#factsOf(session), held, lastHeardMs);
  }

  /** Tries for as long as a lost write would go unnoticed; after that the look every 5 min mends it. */
  async endOf(agent: AgentFacts, held: Omit<HeldSession, "agentId">, lastHeardMs: number): Promise<boolean> {
    const { ctx, db, clock, log } = this.#deps;
    const { signal } = ctx;
    using deadline = clock.timeout(inactivityMs, { signal, tag: "agent-disconnect" });
    try {
      const granted = authorizeAgent(ctx, "workspace:update_agent", agent);
      return await retry(() => recordDisconnect(db, granted, { ...held, lastHeardMs, nowMs: clock.now() }), {
        policy: { baseMs: 100, maxMs: 5_000 },
        clock,
        signal: deadline.signal,
      });
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error, agentId: agent.agentId }, "end of a session not recorded");
      return false;
    }
  }

  /** As whose the workspace is now. */
  #factsOf(session: AgentSession): AgentFacts {
    return { ...session.facts, ownerId: this.#deps.identities.ownerOf(session.workspaceId) };
  }
}
