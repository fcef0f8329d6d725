import type { MessageShape } from "@hearth/wire";
import type { StatsSchema } from "@hearth/wire/agent-proto";
import { appFamilyOf, type AppFamily } from "../rpc/app-family.ts";
import type { WorkspaceIdentity } from "../sessions/identity.ts";
import type { StatsReport } from "./batcher.ts";

type Stats = MessageShape<typeof StatsSchema>;

/** What is kept of one report. Pure. Counts below 0 are none. */
export function readStats(stats: Stats, identity: WorkspaceIdentity, nowMs: number): StatsReport["stats"] {
  const sessions = countSessions(stats);
  return {
    template_id: identity.templateId,
    user_id: identity.ownerId,
    created_at: new Date(nowMs),
    connection_count: count(stats.connectionCount),
    rx_packets: count(stats.rxPackets),
    rx_bytes: count(stats.rxBytes),
    tx_packets: count(stats.txPackets),
    tx_bytes: count(stats.txBytes),
    session_count_vscode: sessions.vscode,
    session_count_jetbrains: sessions.jetbrains,
    session_count_reconnecting_pty: sessions.reconnecting_pty,
    session_count_ssh: sessions.ssh,
    connection_median_latency_ms: stats.connectionMedianLatencyMs,
  };
}

/**
 * Sessions by family. Agents from 2.11 on count by app, and may fill the older fields besides: those say nothing then.
 * Apps of no family are in none.
 */
function countSessions(stats: Stats): Record<AppFamily, number> {
  const counts = {
    vscode: count(stats.sessionCountVscode),
    jetbrains: count(stats.sessionCountJetbrains),
    reconnecting_pty: count(stats.sessionCountReconnectingPty),
    ssh: count(stats.sessionCountSsh),
  };
  const byApp = Object.entries(stats.sessionCounts);
  if (byApp.length === 0) return counts;
  for (const family of Object.keys(counts) as AppFamily[]) counts[family] = 0; // its keys are the families
  for (const [app, sessions] of byApp) {
    const family = appFamilyOf(app);
    if (family !== undefined) counts[family] += count(sessions);
  }
  return counts;
}

/** A JavaScript number is exact up to 2^53: more bytes than that are not counted one by one. */
function count(value: bigint): number {
  return value < 0n ? 0 : Number(value);
}
