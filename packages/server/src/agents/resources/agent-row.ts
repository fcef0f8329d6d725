import { sql } from "kysely";
import {
  allColumns,
  computed,
  orNull,
  someColumns,
  stored,
  type Fragment,
  type JsonRowOf,
  type RowOfShape,
} from "../../ground/database/index.ts";

const ownColumns = allColumns("workspace_agents", {
  except: [
    "workspace_id",
    "build_id",
    "auth_token_hash",
    "display_order",
    "motd_file",
    "api_key_scope",
    "env_from_secrets",
    "session_replica_id",
    "session_generation",
    "deleted",
  ],
});
const appColumns = allColumns("workspace_apps", { except: ["agent_id", "display_order", "created_at"] });
const scriptColumns = allColumns("workspace_agent_scripts", {
  except: ["workspace_agent_id", "position", "created_at"],
});
const timingColumns = someColumns("workspace_agent_script_timings", ["exit_code", "status"]);
const logSourceColumns = allColumns("workspace_agent_log_sources", { except: ["workspace_agent_id", "created_at"] });

/** An agent as screens need it: its row, its replica's lease, and what hangs on it, gathered by the database. */
export type AgentRow = RowOfShape<typeof agentShape>;

export type AppRow = JsonRowOf<typeof appColumns>;

type TimingRow = JsonRowOf<typeof timingColumns>;
/** With how it went, once it has run. */
export type ScriptRow = JsonRowOf<typeof scriptColumns> & { [Name in keyof TimingRow]: TimingRow[Name] | null };

export interface LogSourceRow extends JsonRowOf<typeof logSourceColumns> {
  /** Milliseconds since the epoch: JSON has no instants. */
  created_at_ms: number;
}

export const agentShape = {
  ...ownColumns.shape,
  lease_renewed_at: orNull(stored("replicas.renewed_at")),
  lease_expires_at: orNull(stored("replicas.expires_at")),
  apps: computed.json<AppRow[]>(),
  scripts: computed.json<ScriptRow[]>(),
  log_sources: computed.json<LogSourceRow[]>(),
} as const;

/**
 * The columns of {@link AgentRow} for `workspace_agents a left join replicas p on p.id = a.session_replica_id`.
 *
 * Lists come with the agent, so that a page of workspaces is one query. Of a script's timings the first counts: an agent
 * that crashed runs its scripts again. Indexes: workspace_apps_agent_id_slug_key, workspace_agent_scripts_agent_idx,
 * workspace_agent_script_timings_script_idx, workspace_agent_log_sources_pkey.
 */
export const agentColumns: Fragment = agentColumnsFrom({
  apps: sql`workspace_apps`,
  scripts: sql`workspace_agent_scripts`,
  sources: sql`workspace_agent_log_sources`,
});

/** The same where what hangs on agents comes from elsewhere: what a statement has just stored is not in its tables yet. */
export function agentColumnsFrom(from: Readonly<Record<"apps" | "scripts" | "sources", Fragment>>): Fragment {
  return sql`
  ${ownColumns.of("a")}, p.renewed_at as lease_renewed_at, p.expires_at as lease_expires_at,
  (select coalesce(json_agg(json_build_object(${appColumns.json("x")}) order by x.display_order, x.slug), '[]')
    from ${from.apps} x where x.agent_id = a.id) as apps,
  (select coalesce(json_agg(json_build_object(${scriptColumns.json("s")}, ${timingColumns.json("t")}) order by s.position, s.id), '[]')
    from ${from.scripts} s left join lateral (
      select t.exit_code, t.status from workspace_agent_script_timings t
      where t.script_id = s.id order by t.stage = 'start' desc, t.id limit 1) t on true
    where s.workspace_agent_id = a.id) as scripts,
  (select coalesce(json_agg(json_build_object(${logSourceColumns.json("l")},
      'created_at_ms', floor(extract(epoch from l.created_at) * 1000)) order by l.created_at, l.display_name), '[]')
    from ${from.sources} l where l.workspace_agent_id = a.id) as log_sources`;
}
