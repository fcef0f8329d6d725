import { Batcher, type Clock, type Logger } from "@hearth/base";
import type { Insertable } from "kysely";
import type { Db, Tables } from "../../ground/database/index.ts";
import type { GrantedAgent } from "../access/agent-grant.ts";
import { reportIntervalMs } from "./timing.ts";

export type StatsRow = Insertable<Tables["workspace_agent_stats"]>;

/** What an agent reports, with the right to keep it. */
export interface StatsReport {
  readonly granted: GrantedAgent<"workspace:update_agent">;
  readonly stats: Omit<StatsRow, "agent_id" | "workspace_id">;
}

/** @see spec/agents.md §7.2 */
const bufferRows = 1_024;

/**
 * Gathers what agents report of their use: in the time in which each reports once, so that agents which do nothing cost a
 * statement of all of them, whenever they report; nobody reads what is newer. A server that is killed loses that much. A failed insert is tried again with the next; what is kept meanwhile is
 * bounded, and what is beyond is dropped and counted. @see spec/agents.md A-10
 */
export function statsBatcher({ db, clock, log }: { db: Db; clock: Clock; log: Logger }): Batcher<StatsReport> {
  return new Batcher<StatsReport>(
    {
      name: "agent-stats",
      maxItems: Math.floor(bufferRows * 0.8),
      maxWaitMs: reportIntervalMs,
      capacity: 4 * bufferRows,
      clock,
      log,
    },
    (reports) => storeStats(db, reports),
  );
}

async function storeStats(db: Db, reports: readonly StatsReport[]): Promise<void> {
  const rows = reports.map(({ granted: { object }, stats }) => ({
    ...stats,
    agent_id: object.agentId,
    workspace_id: object.id,
  }));
  await db.insertInto("workspace_agent_stats").values(rows).execute();
}
