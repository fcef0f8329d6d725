import type * as api from "@hearth/sdk";

/** What is stored of an agent's connection, and the lease of the replica that its newest session belongs to. */
export interface ConnectionFacts {
  readonly createdAtMs: number;
  /** 0 = waits for ever. */
  readonly connectionTimeoutSeconds: number;
  readonly firstConnectedAtMs: number | undefined;
  readonly lastConnectedAtMs: number | undefined;
  readonly disconnectedAtMs: number | undefined;
  /** Undefined when no session is recorded, or its replica is gone. */
  readonly lease: { readonly renewedAtMs: number; readonly expiresAtMs: number } | undefined;
}

export interface ConnectionStatus {
  readonly status: api.WorkspaceAgentStatus;
  readonly lastConnectedAtMs: number | undefined;
  readonly disconnectedAtMs: number | undefined;
}

/**
 * How an agent's connection stands at `nowMs`. Pure; `timeout` is never stored.
 *
 * There are no heartbeats of agents: a session that is recorded lives as long as its replica holds its lease, and that
 * lease's renewal is when the agent was last connected. @see spec/agents.md §4.3, A-2
 */
export function connectionStatus(facts: ConnectionFacts, nowMs: number): ConnectionStatus {
  const { lease, firstConnectedAtMs, disconnectedAtMs } = facts;
  if (firstConnectedAtMs === undefined) {
    const timeoutMs = facts.connectionTimeoutSeconds * 1000;
    const isLate = timeoutMs > 0 && nowMs - facts.createdAtMs > timeoutMs;
    const status = isLate ? "timeout" : "connecting";
    return { status, lastConnectedAtMs: undefined, disconnectedAtMs: undefined };
  }
  const connectedAtMs = facts.lastConnectedAtMs ?? firstConnectedAtMs;
  const lastConnectedAtMs = lease === undefined ? connectedAtMs : Math.max(connectedAtMs, lease.renewedAtMs);
  if (lease !== undefined && nowMs < lease.expiresAtMs) {
    return { status: "connected", lastConnectedAtMs, disconnectedAtMs };
  }
  // The end of a session that nobody recorded is the last that was heard of it.
  const wasRecorded = disconnectedAtMs !== undefined && disconnectedAtMs >= connectedAtMs;
  return {
    status: "disconnected",
    lastConnectedAtMs,
    disconnectedAtMs: wasRecorded ? disconnectedAtMs : lastConnectedAtMs,
  };
}
