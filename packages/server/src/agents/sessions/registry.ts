import type { AgentSession } from "./agent-session.ts";

/** The sessions of this replica, by agent and by workspace. */
export class SessionRegistry {
  readonly #byAgent = new Map<string, Set<AgentSession>>();
  readonly #byWorkspace = new Map<string, Set<AgentSession>>();

  get size(): number {
    let size = 0;
    for (const sessions of this.#byWorkspace.values()) size += sessions.size;
    return size;
  }

  add(session: AgentSession): void {
    put(this.#byAgent, session.agentId, session);
    put(this.#byWorkspace, session.workspaceId, session);
  }

  delete(session: AgentSession): void {
    drop(this.#byAgent, session.agentId, session);
    drop(this.#byWorkspace, session.workspaceId, session);
  }

  /** The session goes on under another agent's id. */
  move(session: AgentSession, to: string): void {
    drop(this.#byAgent, session.agentId, session);
    session.become(to);
    put(this.#byAgent, to, session);
  }

  /** A copy: what is done to sessions changes the registry. */
  ofAgent(agentId: string): AgentSession[] {
    return [...(this.#byAgent.get(agentId) ?? [])];
  }

  ofWorkspace(workspaceId: string): AgentSession[] {
    return [...(this.#byWorkspace.get(workspaceId) ?? [])];
  }

  hasWorkspace(workspaceId: string): boolean {
    return this.#byWorkspace.has(workspaceId);
  }

  workspaceIds(): string[] {
    return [...this.#byWorkspace.keys()];
  }

  all(): AgentSession[] {
    return [...this.#byWorkspace.values()].flatMap((sessions) => [...sessions]);
  }

  /** The session that dials go to: the newest that is recorded and open. */
  newest(agentId: string): AgentSession | undefined {
    let newest: AgentSession | undefined;
    for (const session of this.#byAgent.get(agentId) ?? []) {
      if (!session.isOpen || session.generation === undefined) continue;
      if (newest?.generation === undefined || session.generation > newest.generation) newest = session;
    }
    return newest;
  }
}

function put(index: Map<string, Set<AgentSession>>, key: string, session: AgentSession): void {
  const sessions = index.get(key);
  if (sessions === undefined) index.set(key, new Set([session]));
  else sessions.add(session);
}

function drop(index: Map<string, Set<AgentSession>>, key: string, session: AgentSession): void {
  const sessions = index.get(key);
  sessions?.delete(session);
  if (sessions?.size === 0) index.delete(key);
}
