import { sql } from "kysely";
import type * as api from "@hearth/sdk";
import {
  computed,
  defineQuery,
  defineStatement,
  isWithin,
  orNull,
  sampleId,
  sampleMs,
  stored,
  transaction,
  type Acting,
  type Db,
  type Fragment,
  type IdRange,
  type Tx,
} from "../../ground/database/index.ts";
import type { GrantedAgent } from "../access/agent-grant.ts";
import { fittingLines, logBudgetBytes, sizeOf, type LogLine } from "./lines.ts";

/** Where lines without a source of their own go. @see spec/agents.md §9.1 */
export const externalSourceId = "3b579bf4-1ed8-4b99-87a8-e9a1e3410410";

export interface NewLogs {
  readonly sourceId: string;
  /** Storable ones. */
  readonly lines: readonly LogLine[];
  readonly nowMs: number;
}

export type StoredLogs =
  | { readonly outcome: "stored"; readonly firstId: number; readonly isFirstBatch: boolean }
  /** The budget is used up; `firstId` when this very batch did it. */
  | { readonly outcome: "overflowed"; readonly firstId: number | undefined };

const insert = defineStatement({
  name: "agents.insert_logs",
  columns: { first_id: orNull(computed.number), logs_length: orNull(stored("workspace_agents.logs_length")) },
  samples: [
    {
      agentId: sampleId,
      logs: { sourceId: sampleId, lines: [{ output: "up", level: "info" }], nowMs: sampleMs },
      bytes: 2,
    },
  ],
  build: ({ agentId, logs, bytes }: { agentId: string; logs: NewLogs; bytes: number }) => sql`
    with agent as (
      update workspace_agents set logs_length = logs_length + ${bytes}
      where id = ${agentId} and not logs_overflowed and logs_length + ${bytes} <= ${sql.lit(logBudgetBytes)}
      returning logs_length
    ),
    lines as (${insertLines(agentId, logs, logs.lines, sql`from agent,`)})
    select (select min(id) from lines) as first_id, (select logs_length from agent) as logs_length`,
});

/** Stores lines within the agent's budget, and counts them, in one statement; a batch that exceeds it takes a second. */
export async function insertAgentLogs(
  ctx: Acting,
  db: Db,
  granted: GrantedAgent<"workspace:update_agent">,
  logs: NewLogs,
): Promise<StoredLogs> {
  const bytes = sizeOf(logs.lines);
  const rows = await insert.all(db, { agentId: granted.object.agentId, logs, bytes });
  const { first_id: firstId, logs_length: length } = rows[0] ?? {};
  if (typeof firstId === "number") return { outcome: "stored", firstId, isFirstBatch: length === bytes };
  return await overflow(ctx, db, granted, logs);
}

const insertLast = defineStatement({
  name: "agents.insert_last_logs",
  columns: { id: stored("workspace_agent_logs.id") },
  samples: [
    {
      agentId: sampleId,
      logs: { sourceId: sampleId, lines: [], nowMs: sampleMs },
      lines: [{ output: "full", level: "warn" }],
    },
  ],
  build: ({ agentId, logs, lines }: { agentId: string; logs: NewLogs; lines: readonly LogLine[] }) =>
    insertLines(agentId, logs, lines, sql`from`),
});

/** Stores what fits and the notice, once: whoever comes second finds the flag. */
async function overflow(
  ctx: Acting,
  db: Db,
  granted: GrantedAgent<"workspace:update_agent">,
  logs: NewLogs,
): Promise<StoredLogs> {
  const { agentId } = granted.object;
  return await transaction(ctx, db, { name: "overflow_agent_logs" }, async (tx) => {
    const agent = await tx
      .selectFrom("workspace_agents")
      .select(["logs_length", "logs_overflowed"])
      .where("id", "=", agentId)
      .forUpdate()
      .executeTakeFirst();
    if (agent === undefined || agent.logs_overflowed) return { outcome: "overflowed", firstId: undefined };
    const lines = fittingLines(logs.lines, agent.logs_length);
    const length = Math.min(logBudgetBytes, agent.logs_length + sizeOf(lines));
    await tx
      .updateTable("workspace_agents")
      .set({ logs_length: length, logs_overflowed: true })
      .where("id", "=", agentId)
      .execute();
    const rows = await insertLast.all(tx, { agentId, logs, lines });
    return { outcome: "overflowed", firstId: Math.min(...rows.map((row) => row.id)) };
  });
}

function insertLines(agentId: string, logs: NewLogs, lines: readonly LogLine[], from: Fragment): Fragment {
  // Ids are the only order, so they are given in the order of the lines.
  return sql`
    insert into workspace_agent_logs (agent_id, created_at, output, level, log_source_id)
    select ${agentId}, ${new Date(logs.nowMs)}, l.output, l.level, ${logs.sourceId}
    ${from} unnest(${lines.map((line) => line.output)}::text[], ${lines.map((line) => line.level)}::text[])
      with ordinality as l(output, level, n)
    order by l.n
    returning id`;
}

export interface NewLogSource {
  readonly id: string;
  readonly displayName: string;
  readonly icon: string;
  readonly nowMs: number;
}

const ensureSource = defineStatement({
  name: "agents.ensure_log_source",
  columns: {
    id: computed.uuid,
    display_name: computed.text,
    icon: computed.text,
    created_at: computed.instant,
  },
  samples: [{ agentId: sampleId, source: { id: sampleId, displayName: "Hearth", icon: "", nowMs: sampleMs } }],
  build: ({ agentId, source }: { agentId: string; source: NewLogSource }) => sql`
    with made as (
      insert into workspace_agent_log_sources (workspace_agent_id, id, display_name, icon, created_at)
      values (${agentId}, ${source.id}, ${source.displayName}, ${source.icon}, ${new Date(source.nowMs)})
      on conflict do nothing
      returning id, display_name, icon, created_at
    )
    select * from made
    union all
    select id, display_name, icon, created_at from workspace_agent_log_sources
    where workspace_agent_id = ${agentId} and id = ${source.id}
    limit 1`,
});

/** Makes a source of log lines, or finds it made: the same answer either way. */
export async function ensureLogSource(
  db: Db,
  granted: GrantedAgent<"workspace:update_agent">,
  source: NewLogSource,
): Promise<api.WorkspaceAgentLogSource> {
  const { agentId } = granted.object;
  const rows = await ensureSource.all(db, { agentId, source });
  const row = rows[0] ?? {
    // Another connection has made it a moment ago, and this statement's view is older.
    id: source.id,
    display_name: source.displayName,
    icon: source.icon,
    created_at: new Date(source.nowMs),
  };
  return {
    workspace_agent_id: agentId,
    id: row.id,
    created_at: row.created_at.toISOString(),
    display_name: row.display_name,
    icon: row.icon,
  };
}

const findLines = defineQuery({
  name: "agents.list_logs",
  samples: [
    { agentId: sampleId, range: {} },
    { agentId: sampleId, range: { afterId: 1, beforeId: 2 } },
  ],
  build: (db, { agentId, range }: { agentId: string; range: IdRange }) =>
    db
      .selectFrom("workspace_agent_logs")
      .selectAll()
      .where("agent_id", "=", agentId)
      .where(isWithin(range))
      .orderBy("id"),
});

/** Stored lines in order. Index: workspace_agent_logs_agent_id_id_idx. */
export async function listAgentLogs(
  db: Db | Tx,
  agentId: string,
  range: IdRange = {},
): Promise<api.WorkspaceAgentLog[]> {
  const rows = await findLines(db, { agentId, range }).execute();
  return rows.map((row) => ({
    id: row.id,
    created_at: row.created_at.toISOString(),
    output: row.output,
    level: row.level,
    source_id: row.log_source_id,
  }));
}

const findIsLatest = defineStatement({
  name: "agents.is_of_latest_build",
  columns: { is_latest: computed.boolean },
  samples: [{ agentId: sampleId }],
  build: ({ agentId }: { agentId: string }) => sql`
    select not w.deleted and latest.id = a.build_id as is_latest
    from workspace_agents a join workspaces w on w.id = a.workspace_id cross join lateral latest_build(w.id) latest
    where a.id = ${agentId}`,
});

/** Whether the agent's build is still its workspace's latest; false when either is gone. */
export async function isOfLatestBuild(db: Db, agentId: string): Promise<boolean> {
  const row = await findIsLatest.first(db, { agentId });
  return row?.is_latest === true;
}
