import type { MessageShape } from "@hearth/wire";
import type { StatsSchema } from "@hearth/wire/agent-proto";
import type { WorkspaceIdentity } from "../sessions/identity.ts";
import type { StatsRow } from "./batcher.ts";

type Stats = MessageShape<typeof StatsSchema>;

/** The row of one report. Pure. Counts below 0 are none. */
export function toStatsRow(stats: Stats, agentId: string, identity: WorkspaceIdentity, nowMs: number): StatsRow {
  return {
    agent_id: agentId,
    workspace_id: identity.workspaceId,
    template_id: identity.templateId,
    user_id: identity.ownerId,
    created_at: new Date(nowMs),
    connection_count: count(stats.connectionCount),
    rx_packets: count(stats.rxPackets),
    rx_bytes: count(stats.rxBytes),
    tx_packets: count(stats.txPackets),
    tx_bytes: count(stats.txBytes),
    session_count_vscode: count(stats.sessionCountVscode),
    session_count_jetbrains: count(stats.sessionCountJetbrains),
    session_count_reconnecting_pty: count(stats.sessionCountReconnectingPty),
    session_count_ssh: count(stats.sessionCountSsh),
    connection_median_latency_ms: stats.connectionMedianLatencyMs,
  };
}

/** A JavaScript number is exact up to 2^53: more bytes than that are not counted one by one. */
function count(value: bigint): number {
  return value < 0n ? 0 : Number(value);
}
