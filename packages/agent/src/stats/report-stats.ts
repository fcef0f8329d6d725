import type { Clock } from "@hearth/base";
import { type AgentClient, durationMs, type MessageInitShape } from "@hearth/wire";
import type { StatsSchema, UpdateStatsResponse } from "@hearth/wire/agent-proto";
import type { Usage, UsageSnapshot } from "#stats/usage.ts";

/** A server that names no interval. */
const fallbackIntervalMs = 5 * 60_000;
const pingTimeoutMs = 5000;
/** How "no peer was measured" travels: −1 µs. */
const noLatencyMs = -0.001;

export interface ReportStatsOptions {
  readonly usage: Usage;
  readonly client: Pick<AgentClient, "updateStats">;
  /** The round trip to the server in milliseconds. */
  readonly ping: (options: { signal: AbortSignal }) => Promise<number>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Asks for the interval, reports at once, and from then on once per interval, while the session lasts. Rejects when it ends. */
export async function reportStats({ usage, client, ping, clock, signal }: ReportStatsOptions): Promise<never> {
  let intervalMs = intervalOf(await client.updateStats({}, { signal }), fallbackIntervalMs);
  for (;;) {
    const snapshot = usage.take();
    const latencyMs = snapshot.connectionCount > 0 ? await measure(ping, clock, signal) : noLatencyMs;
    const answer = await client.updateStats({ stats: toStats(snapshot, latencyMs) }, { signal });
    intervalMs = intervalOf(answer, intervalMs);
    await clock.sleep(intervalMs, { signal, tag: "stats" });
  }
}

function intervalOf({ reportInterval }: UpdateStatsResponse, fallbackMs: number): number {
  const ms = reportInterval ? durationMs(reportInterval) : 0;
  return ms > 0 ? ms : fallbackMs;
}

async function measure(ping: ReportStatsOptions["ping"], clock: Clock, signal: AbortSignal): Promise<number> {
  using deadline = clock.timeout(pingTimeoutMs, { signal, tag: "latency ping" });
  try {
    return await ping({ signal: deadline.signal });
  } catch {
    signal.throwIfAborted();
    return noLatencyMs; // no answer in time
  }
}

function toStats(
  { connectionsByProtocol, connectionCount, sessions, received, sent }: UsageSnapshot,
  latencyMs: number,
): MessageInitShape<typeof StatsSchema> {
  const counts = Object.entries(connectionsByProtocol).map(([name, count]) => [name, BigInt(count)] as const);
  return {
    connectionsByProto: Object.fromEntries(counts),
    connectionCount: BigInt(connectionCount),
    connectionMedianLatencyMs: latencyMs,
    rxPackets: BigInt(received.packets),
    rxBytes: BigInt(received.bytes),
    txPackets: BigInt(sent.packets),
    txBytes: BigInt(sent.bytes),
    sessionCountSsh: BigInt(sessions.ssh),
    sessionCountVscode: BigInt(sessions.vscode),
    sessionCountJetbrains: BigInt(sessions.jetbrains),
    sessionCountReconnectingPty: BigInt(sessions.reconnecting_pty),
  };
}
