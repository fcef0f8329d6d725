import type { Acting, Db } from "../../ground/database/index.ts";
import type { PubSub, WorkspaceEvent } from "../../ground/pubsub/index.ts";
import type { GrantedAgent } from "../access/agent-grant.ts";
import { storableLine, type LogLine } from "./lines.ts";
import { ensureLogSource, externalSourceId, insertAgentLogs } from "./store.ts";

const nil = "00000000-0000-0000-0000-000000000000";

export interface IngestLogs {
  readonly sourceId: string;
  readonly lines: readonly LogLine[];
  readonly nowMs: number;
  /** Tells watchers of the workspace. */
  readonly announce: (kind: WorkspaceEvent["kind"]) => void;
}

/**
 * Takes lines of an agent: stored when this resolves, announced to whoever follows. True when the agent has used up its
 * budget, with this batch or before. @see spec/agents.md §9.2
 */
export async function ingestLogs(
  ctx: Acting,
  { db, pubsub }: { readonly db: Db; readonly pubsub: PubSub },
  granted: GrantedAgent<"workspace:update_agent">,
  logs: IngestLogs,
): Promise<boolean> {
  if (logs.lines.length === 0) return false;
  const { nowMs } = logs;
  const { agentId } = granted.object;
  const isExternal = logs.sourceId === nil;
  const sourceId = isExternal ? externalSourceId : logs.sourceId;
  if (isExternal) await ensureLogSource(db, granted, { id: sourceId, displayName: "External", icon: "", nowMs });
  const stored = await insertAgentLogs(ctx, db, granted, { sourceId, nowMs, lines: logs.lines.map(storableLine) });
  if (stored.firstId !== undefined) pubsub.publish("agent_logs", agentId, { created_after: stored.firstId - 1 });
  if (stored.outcome === "stored") {
    if (stored.isFirstBatch) logs.announce("agt_first_logs");
    return false;
  }
  if (stored.firstId !== undefined) logs.announce("agt_logs_overflow");
  return true;
}
