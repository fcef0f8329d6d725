import { Batcher, type Clock, type Logger } from "@hearth/base";
import type { Insertable } from "kysely";
import type { Db, Tables } from "../../ground/database/index.ts";

export type StatsRow = Insertable<Tables["workspace_agent_stats"]>;

/** @see spec/agents.md §7.2 */
const bufferRows = 1_024;
const flushEveryMs = 1_000;

/**
 * Gathers what agents report of their use. A failed insert is tried again with the next; what is kept meanwhile is
 * bounded, and what is beyond is dropped and counted. @see spec/agents.md A-10
 */
export function statsBatcher({ db, clock, log }: { db: Db; clock: Clock; log: Logger }): Batcher<StatsRow> {
  return new Batcher<StatsRow>(
    {
      name: "agent-stats",
      maxItems: Math.floor(bufferRows * 0.8),
      maxWaitMs: flushEveryMs,
      capacity: 4 * bufferRows,
      clock,
      log,
    },
    async (rows) => {
      await db.insertInto("workspace_agent_stats").values(rows).execute();
    },
  );
}
