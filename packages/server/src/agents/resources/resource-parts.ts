import { sql } from "kysely";
import type { BuildTransition } from "@hearth/provisioner";
import { stored, type Fragment } from "../../ground/database/index.ts";

/** What the parts are of: ids that are known before the statement runs. */
export interface PartsOf {
  readonly jobId: string;
  readonly buildId?: string | undefined;
  readonly transition: BuildTransition;
  readonly nowMs: number;
  /** Since when agents that have nothing to do at a claim count as ready. @default they do when they have said so */
  readonly readyMs?: number | undefined;
}

/**
 * The parts of a `with` that store what a build or an import made. Before them stands `input`, of one row or none, with
 * `rows` ({@link import("./resource-rows.ts").ResourceRows}), `workspace_id`, and the build that a claim took over with its
 * job, `claim_of` and `claim_of_job`, else null. Behind them `resources`, `agents`, `apps`, `scripts`, `sources` and `metadata` are
 * what was stored, and `old` the agents that were taken over.
 *
 * The agents of a claim replace those of the same name: token hash, live session, connection times and what the agent
 * reported move to the new rows. @see spec/prebuilds.md §15.6, spec/agents.md
 */
export function resourceParts({ jobId, buildId, transition, nowMs, readyMs }: PartsOf): Fragment {
  const now = sql`${new Date(nowMs)}::timestamptz`;
  const readyAt = sql`${readyMs === undefined ? null : new Date(readyMs)}::timestamptz`;
  const isReady = readyMs === undefined ? sql`false` : sql`(old.id is not null and not a.has_claim_work)`;
  return sql`
    resources as (
      insert into workspace_resources (id, job_id, transition, type, name, hide, icon, daily_cost, metadata, created_at)
      select r.id, ${jobId}::uuid, ${transition}::text, r.type, r.name, r.hide, r.icon, r.daily_cost,
        -- What is left out is as it was.
        coalesce(r.metadata, (select kept.metadata from workspace_resources kept
          where kept.job_id = input.claim_of_job and kept.type = r.type and kept.name = r.name limit 1), '[]'), ${now}
      from input, jsonb_to_recordset(rows -> 'resources') as r(id uuid, type text, name text, hide boolean, icon text,
        daily_cost integer, metadata jsonb)
      returning *
    ),
    -- Locked before anything reads it: a session that connects or ends meanwhile comes first, or finds the row replaced.
    old as (
      select * from workspace_agents
      where build_id = (select claim_of from input) and parent_id is null and not deleted
      for update
    ),
    agents as (
      insert into workspace_agents (id, resource_id, workspace_id, build_id, name, auth_token_hash, architecture,
        operating_system, environment_variables, directory, display_apps, display_order, connection_timeout_seconds,
        troubleshooting_url, motd_file, env_from_secrets, lifecycle_state, started_at, created_at, updated_at,
        expanded_directory, version, api_version, subsystems, api_key_scope, first_connected_at, last_connected_at,
        disconnected_at, session_replica_id, session_generation, first_start_outcome, first_start_ended_at,
        first_start_ended_agent_time)
      select a.id, a.resource_id, input.workspace_id, ${buildId ?? null}::uuid, a.name,
        coalesce(decode(a.token_hash, 'hex'), old.auth_token_hash), a.architecture,
        a.operating_system, a.environment_variables, a.directory,
        array(select jsonb_array_elements_text(a.display_apps)), a.display_order, a.connection_timeout_seconds,
        a.troubleshooting_url, a.motd_file, a.env_from_secrets,
        case when old.id is null then 'created' when ${isReady} then 'ready' else 'starting' end,
        case when old.id is null then null else ${now} end, ${now}, ${now},
        coalesce(old.expanded_directory, ''), coalesce(old.version, ''), coalesce(old.api_version, ''),
        coalesce(old.subsystems, '{}'), coalesce(old.api_key_scope, 'all'), old.first_connected_at, old.last_connected_at,
        old.disconnected_at, old.session_replica_id, coalesce(old.session_generation + 1, 0),
        -- It says so itself when it has heard of the claim: ready_at is for that.
        case when ${isReady} then 'ready' end, case when ${isReady} then ${readyAt} end,
        case when ${isReady} then ${readyAt} end
      from input, jsonb_to_recordset(rows -> 'agents') as a(id uuid, resource_id uuid, name text, token_hash text,
        architecture text, operating_system text, environment_variables jsonb, directory text, display_apps jsonb,
        display_order integer, connection_timeout_seconds integer, troubleshooting_url text, motd_file text,
        env_from_secrets boolean, has_claim_work boolean)
      -- An agent with a token of its own is another process: nothing moves to it.
      left join old on lower(old.name) = lower(a.name)
        and (a.token_hash is null or decode(a.token_hash, 'hex') = old.auth_token_hash)
      returning *
    ),
    replaced as (
      update workspace_agents w set deleted = true, updated_at = ${now}, session_generation = w.session_generation + 1,
        session_replica_id = null,
        disconnected_at = case when w.session_replica_id is null then w.disconnected_at else ${now} end
      from old where w.id = old.id
    ),
    sources as (
      insert into workspace_agent_log_sources (workspace_agent_id, id, display_name, icon, created_at)
      select s.agent_id, s.log_source_id, left(s.display_name, 127), s.icon, ${now}
      from input, jsonb_to_recordset(rows -> 'scripts') as s(agent_id uuid, log_source_id uuid, display_name text, icon text)
      returning *
    ),
    scripts as (
      insert into workspace_agent_scripts (id, workspace_agent_id, log_source_id, log_path, display_name, script, cron,
        run_on_start, run_on_stop, run_on_claim, start_blocks_login, timeout_seconds, position, created_at)
      select s.id, s.agent_id, s.log_source_id, s.log_path, s.display_name, s.script, s.cron, s.run_on_start,
        s.run_on_stop, s.run_on_claim, s.start_blocks_login, s.timeout_seconds, s.position, ${now}
      from input, jsonb_to_recordset(rows -> 'scripts') as s(id uuid, agent_id uuid, log_source_id uuid, log_path text,
        display_name text, script text, cron text, run_on_start boolean, run_on_stop boolean, run_on_claim boolean,
        start_blocks_login boolean, timeout_seconds integer, position integer)
      returning *
    ),
    metadata as (
      insert into workspace_agent_metadata (workspace_agent_id, key, display_name, script, timeout_seconds,
        interval_seconds, display_order, value, error, collected_at)
      select m.agent_id, m.key, m.display_name, m.script, m.timeout_seconds, m.interval_seconds, m.display_order,
        -- What was collected once, at the start of the agent, will not be collected again.
        coalesce(k.value, ''), coalesce(k.error, ''), k.collected_at
      from input, jsonb_to_recordset(rows -> 'metadata') as m(agent_id uuid, agent_name text, key text, display_name text,
        script text, timeout_seconds bigint, interval_seconds bigint, display_order integer)
      left join old on lower(old.name) = lower(m.agent_name)
      left join workspace_agent_metadata k on k.workspace_agent_id = old.id and k.key = m.key
      returning *
    ),
    apps as (
      insert into workspace_apps (id, agent_id, slug, display_name, icon, command, url, external, subdomain,
        sharing_level, healthcheck_url, healthcheck_interval, healthcheck_threshold, health, display_order,
        display_group, hidden, open_in, tooltip, created_at)
      select x.id, x.agent_id, x.slug, x.display_name, x.icon, nullif(x.command, ''), nullif(x.url, ''), x.external,
        x.subdomain, x.sharing_level, x.healthcheck_url, x.healthcheck_interval, x.healthcheck_threshold,
        -- An agent reports changes only: what it has said of the same check holds.
        coalesce(k.health, case when x.healthcheck_url = '' then 'disabled' else 'initializing' end), x.display_order,
        x.display_group, x.hidden, x.open_in, x.tooltip, ${now}
      from input, jsonb_to_recordset(rows -> 'apps') as x(id uuid, agent_id uuid, agent_name text, slug text,
        display_name text, icon text, command text, url text, external boolean, subdomain boolean, sharing_level text,
        healthcheck_url text, healthcheck_interval integer, healthcheck_threshold integer, display_order integer,
        display_group text, hidden boolean, open_in text, tooltip text)
      left join old on lower(old.name) = lower(x.agent_name)
      left join workspace_apps k on k.agent_id = old.id and k.slug = x.slug and k.healthcheck_url = x.healthcheck_url
      returning *
    )`;
}

/** An agent whose identity, and session if it has one, went to another row. */
export interface MovedAgent {
  readonly from: string;
  readonly to: string;
  /** Of the session on the new row; the old row's was one less. */
  readonly generation: number;
  /** The replica that holds the session; null when the agent was not connected. */
  readonly replica_id: string | null;
}

export const movedShape = {
  from: stored("workspace_agents.id"),
  to: stored("workspace_agents.id"),
  generation: stored("workspace_agents.session_generation"),
  replica_id: stored("workspace_agents.session_replica_id"),
} as const;

/** The columns of {@link MovedAgent} for `agents` and {@link movedFrom}. */
export const movedColumns: Fragment = sql`
  old.id as "from", agents.id as "to", agents.session_generation as generation, agents.session_replica_id as replica_id`;

/** What `agents` is joined with: the agent that each has replaced. */
export const movedFrom: Fragment = sql`
  old on lower(old.name) = lower(agents.name) and old.auth_token_hash = agents.auth_token_hash`;
