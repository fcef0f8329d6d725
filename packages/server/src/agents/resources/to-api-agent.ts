import type * as api from "@hearth/sdk";
import type { AgentRow, AppRow, ScriptRow } from "./agent-row.ts";
import { connectionStatus } from "./connection-status.ts";
import { agentHealth } from "./health.ts";

/** The API's agent. Texts that are empty are left out where the contract leaves them out. */
export function toApiAgent(row: AgentRow, nowMs: number): api.WorkspaceAgent {
  const connection = connectionStatus(
    {
      createdAtMs: row.created_at.getTime(),
      connectionTimeoutSeconds: row.connection_timeout_seconds,
      firstConnectedAtMs: row.first_connected_at?.getTime(),
      lastConnectedAtMs: row.last_connected_at?.getTime(),
      disconnectedAtMs: row.disconnected_at?.getTime(),
      lease:
        row.lease_renewed_at === null || row.lease_expires_at === null
          ? undefined
          : { renewedAtMs: row.lease_renewed_at.getTime(), expiresAtMs: row.lease_expires_at.getTime() },
    },
    nowMs,
  );
  const blocks = row.scripts.some((script) => script.run_on_start && script.start_blocks_login);
  return {
    id: row.id,
    parent_id: row.parent_id,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    ...instant("first_connected_at", row.first_connected_at?.getTime()),
    ...instant("last_connected_at", connection.lastConnectedAtMs),
    ...instant("disconnected_at", connection.disconnectedAtMs),
    ...instant("started_at", row.started_at?.getTime()),
    ...instant("ready_at", row.ready_at?.getTime()),
    status: connection.status,
    lifecycle_state: row.lifecycle_state,
    name: row.name,
    resource_id: row.resource_id,
    architecture: row.architecture,
    environment_variables: row.environment_variables,
    operating_system: row.operating_system,
    logs_length: row.logs_length,
    logs_overflowed: row.logs_overflowed,
    ...text("directory", row.directory),
    ...text("expanded_directory", row.expanded_directory),
    version: row.version,
    api_version: row.api_version,
    apps: row.apps.map(toApiApp),
    connection_timeout_seconds: row.connection_timeout_seconds,
    troubleshooting_url: row.troubleshooting_url,
    subsystems: row.subsystems,
    health: agentHealth(connection.status, row.lifecycle_state, row.given_up_reason),
    ...text("given_up_reason", row.given_up_reason ?? ""),
    display_apps: row.display_apps,
    log_sources: row.log_sources.map((source) => ({
      workspace_agent_id: row.id,
      id: source.id,
      created_at: new Date(source.created_at_ms).toISOString(),
      display_name: source.display_name,
      icon: source.icon,
    })),
    scripts: row.scripts.map(toApiScript),
    startup_script_behavior: blocks ? "blocking" : "non-blocking",
  };
}

function toApiApp(row: AppRow): api.WorkspaceApp {
  return {
    id: row.id,
    ...text("url", row.url ?? ""),
    external: row.external,
    slug: row.slug,
    ...text("display_name", row.display_name),
    ...text("command", row.command ?? ""),
    ...text("icon", row.icon),
    subdomain: row.subdomain,
    sharing_level: row.sharing_level,
    healthcheck: {
      url: row.healthcheck_url,
      interval: row.healthcheck_interval,
      threshold: row.healthcheck_threshold,
    },
    health: row.health,
    ...text("group", row.display_group),
    hidden: row.hidden,
    open_in: row.open_in,
    ...text("tooltip", row.tooltip),
    statuses: [],
  };
}

function toApiScript(row: ScriptRow): api.WorkspaceAgentScript & { run_on_claim: boolean } {
  return {
    id: row.id,
    log_source_id: row.log_source_id,
    log_path: row.log_path,
    script: row.script,
    cron: row.cron,
    run_on_start: row.run_on_start,
    run_on_stop: row.run_on_stop,
    run_on_claim: row.run_on_claim,
    start_blocks_login: row.start_blocks_login,
    timeout: row.timeout_seconds * 1_000_000_000,
    display_name: row.display_name,
    ...(row.exit_code === null ? {} : { exit_code: row.exit_code }),
    ...(row.status === null ? {} : { status: row.status }),
  };
}

function text<Name extends string>(name: Name, value: string): { [N in Name]?: string } {
  return (value === "" ? {} : { [name]: value }) as { [N in Name]?: string }; // one key, the one that was named
}

function instant<Name extends string>(name: Name, valueMs: number | undefined): { [N in Name]?: string } {
  return text(name, valueMs === undefined ? "" : new Date(valueMs).toISOString());
}
