import { sql } from "kysely";
import { runLoop, type Clock } from "@hearth/base";
import { authorize, type Context, type Granted } from "../../access/index.ts";
import { defineStatement, sampleMs, stored, type Db } from "../../ground/database/index.ts";

/** @see spec/agents.md §9.4, §14 */
const logsKeptMs = 7 * 86_400_000;
const statsKeptMs = 86_400_000;
const everyMs = 3_600_000;
/** A pass deletes in portions, so that nobody waits for a long statement. */
const agentsPerStatement = 500;
const statsPerStatement = 10_000;

export interface RetentionDeps {
  readonly db: Db;
  readonly clock: Clock;
}

/** Forgets, once an hour, what is too old to keep. Every replica may: what one deleted the other does not find. */
export async function runRetention(ctx: Context, { db, clock }: RetentionDeps): Promise<void> {
  const { log, signal } = ctx;
  await runLoop({ name: "agent-retention", everyMs, jitter: 0.2, clock, signal, log }, async (pass) => {
    const nowMs = clock.now();
    // Of any workspace's agents: what is old is not known before it is deleted.
    const granted = authorize(ctx, "workspace:update_agent", {});
    while (!pass.signal.aborted && (await deleteOldLogs(db, granted, nowMs)) === agentsPerStatement);
    while (!pass.signal.aborted && (await deleteOldStats(db, granted, nowMs)) === statsPerStatement);
  });
}

const dropOldLogs = defineStatement({
  name: "agents.delete_old_logs",
  // Once an hour: an index of what still has logs would cost every line that is stored.
  mayScan: ["workspace_agents"],
  columns: { id: stored("workspace_agents.id") },
  samples: [{ nowMs: sampleMs }],
  build: ({ nowMs }: { nowMs: number }) => sql`
    with old as (
      update workspace_agents set logs_length = 0 where id in (
        select a.id from workspace_agents a
        where a.logs_length > 0 and a.session_replica_id is null
          and coalesce(a.disconnected_at, a.last_connected_at, a.created_at) < ${new Date(nowMs - logsKeptMs)}
          and a.build_id <> (select latest.id from latest_build(a.workspace_id) latest)
        limit ${sql.lit(agentsPerStatement)}
      )
      returning id
    ),
    gone as (delete from workspace_agent_logs l using old where l.agent_id = old.id)
    select id from old`,
});

/**
 * Deletes the logs of agents that have not been connected for 7 days, unless their build is their workspace's latest.
 * Resolves with how many agents lost theirs.
 */
export async function deleteOldLogs(
  db: Db,
  _granted: Granted<"workspace:update_agent">,
  nowMs: number,
): Promise<number> {
  const rows = await dropOldLogs.all(db, { nowMs });
  return rows.length;
}

const dropOldStats = defineStatement({
  name: "agents.delete_old_stats",
  // A portion is more than most deployments have.
  mayScan: ["workspace_agent_stats"],
  columns: {},
  samples: [{ nowMs: sampleMs }],
  build: ({ nowMs }: { nowMs: number }) => sql`
    delete from workspace_agent_stats where id in (
      select id from workspace_agent_stats where created_at < ${new Date(nowMs - statsKeptMs)}
      order by created_at limit ${sql.lit(statsPerStatement)}
    )`,
});

/** Deletes statistics of more than a day ago. Index: workspace_agent_stats_created_at_idx. */
export async function deleteOldStats(
  db: Db,
  _granted: Granted<"workspace:update_agent">,
  nowMs: number,
): Promise<number> {
  return await dropOldStats.run(db, { nowMs });
}
