import { sql, type RawBuilder } from "kysely";

/** An agent as screens need it: its row, its replica's lease, and what hangs on it, gathered by the database. */
export interface AgentRow {
  id: string;
  resource_id: string;
  parent_id: string | null;
  name: string;
  architecture: string;
  operating_system: string;
  environment_variables: Record<string, string>;
  directory: string;
  expanded_directory: string;
  version: string;
  api_version: string;
  subsystems: string[];
  display_apps: string[];
  connection_timeout_seconds: number;
  troubleshooting_url: string;
  first_connected_at: Date | null;
  last_connected_at: Date | null;
  disconnected_at: Date | null;
  lifecycle_state: string;
  started_at: Date | null;
  ready_at: Date | null;
  given_up_reason: string | null;
  logs_length: number;
  logs_overflowed: boolean;
  created_at: Date;
  updated_at: Date;
  lease_renewed_at: Date | null;
  lease_expires_at: Date | null;
  apps: AppRow[];
  scripts: ScriptRow[];
  log_sources: LogSourceRow[];
}

export interface AppRow {
  id: string;
  slug: string;
  display_name: string;
  icon: string;
  command: string | null;
  url: string | null;
  external: boolean;
  subdomain: boolean;
  sharing_level: string;
  healthcheck_url: string;
  healthcheck_interval: number;
  healthcheck_threshold: number;
  health: string;
  display_group: string;
  hidden: boolean;
  open_in: string;
  tooltip: string;
}

export interface ScriptRow {
  id: string;
  log_source_id: string;
  log_path: string;
  display_name: string;
  script: string;
  cron: string;
  run_on_start: boolean;
  run_on_stop: boolean;
  run_on_claim: boolean;
  start_blocks_login: boolean;
  timeout_seconds: number;
  exit_code: number | null;
  status: string | null;
}

export interface LogSourceRow {
  id: string;
  display_name: string;
  icon: string;
  /** Milliseconds since the epoch: JSON has no instants. */
  created_at_ms: number;
}

/**
 * The columns of {@link AgentRow} for `workspace_agents a left join replicas p on p.id = a.session_replica_id`.
 *
 * Lists come with the agent, so that a page of workspaces is one query. Of a script's timings the first counts: an agent
 * that crashed runs its scripts again. Indexes: workspace_apps_agent_id_slug_key, workspace_agent_scripts_agent_idx,
 * workspace_agent_script_timings_script_idx, workspace_agent_log_sources_pkey.
 */
export const agentColumns: RawBuilder<unknown> = sql`
  a.id, a.resource_id, a.parent_id, a.name, a.architecture, a.operating_system, a.environment_variables, a.directory,
  a.expanded_directory, a.version, a.api_version, a.subsystems, a.display_apps, a.connection_timeout_seconds,
  a.troubleshooting_url, a.first_connected_at, a.last_connected_at, a.disconnected_at, a.lifecycle_state, a.started_at,
  a.ready_at, a.given_up_reason, a.logs_length, a.logs_overflowed, a.created_at, a.updated_at,
  p.renewed_at as lease_renewed_at, p.expires_at as lease_expires_at,
  (select coalesce(json_agg(json_build_object('id', x.id, 'slug', x.slug, 'display_name', x.display_name, 'icon', x.icon,
      'command', x.command, 'url', x.url, 'external', x.external, 'subdomain', x.subdomain, 'sharing_level', x.sharing_level,
      'healthcheck_url', x.healthcheck_url, 'healthcheck_interval', x.healthcheck_interval,
      'healthcheck_threshold', x.healthcheck_threshold, 'health', x.health, 'display_group', x.display_group,
      'hidden', x.hidden, 'open_in', x.open_in, 'tooltip', x.tooltip) order by x.display_order, x.slug), '[]')
    from workspace_apps x where x.agent_id = a.id) as apps,
  (select coalesce(json_agg(json_build_object('id', s.id, 'log_source_id', s.log_source_id, 'log_path', s.log_path,
      'display_name', s.display_name, 'script', s.script, 'cron', s.cron, 'run_on_start', s.run_on_start,
      'run_on_stop', s.run_on_stop, 'run_on_claim', s.run_on_claim, 'start_blocks_login', s.start_blocks_login,
      'timeout_seconds', s.timeout_seconds, 'exit_code', t.exit_code, 'status', t.status) order by s.position, s.id), '[]')
    from workspace_agent_scripts s left join lateral (
      select t.exit_code, t.status from workspace_agent_script_timings t
      where t.script_id = s.id order by t.stage = 'start' desc, t.id limit 1) t on true
    where s.workspace_agent_id = a.id) as scripts,
  (select coalesce(json_agg(json_build_object('id', l.id, 'display_name', l.display_name, 'icon', l.icon,
      'created_at_ms', floor(extract(epoch from l.created_at) * 1000)) order by l.created_at, l.display_name), '[]')
    from workspace_agent_log_sources l where l.workspace_agent_id = a.id) as log_sources`;
