import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { AgentDeclaration, BuildTransition, ResourceDeclaration } from "@hearth/provisioner";
import type { Granted, Thing } from "../../access/index.ts";
import { defineStatement, sampleId, sampleMs, stored, type Tx } from "../../ground/database/index.ts";
import { agentTokenHasher } from "../access/token.ts";

export interface NewResources {
  readonly jobId: string;
  /** Both for builds; neither for imports. */
  readonly workspaceId?: string | undefined;
  readonly buildId?: string | undefined;
  readonly transition: BuildTransition;
  readonly resources: readonly ResourceDeclaration[];
  readonly nowMs: number;
  /**
   * The build that a claim took over. Its agents are replaced by those of the same name: token hash, live session,
   * connection times and what the agent reported move to the new rows.
   */
  readonly claimOfBuildId?: string | undefined;
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

const insert = defineStatement({
  name: "agents.insert_resources",
  columns: {
    from: stored("workspace_agents.id"),
    to: stored("workspace_agents.id"),
    generation: stored("workspace_agents.session_generation"),
    replica_id: stored("workspace_agents.session_replica_id"),
  },
  samples: [
    { given: { jobId: sampleId, transition: "start", nowMs: sampleMs }, input: {} },
    {
      given: {
        jobId: sampleId,
        workspaceId: sampleId,
        buildId: sampleId,
        transition: "start",
        nowMs: sampleMs,
        claimOfBuildId: sampleId,
      },
      input: {},
    },
  ],
  build({ given, input }: { given: Omit<NewResources, "resources">; input: object }) {
    const now = sql`${new Date(given.nowMs)}::timestamptz`;
    const isClaim = given.claimOfBuildId !== undefined;
    return sql`
    with input as (select ${JSON.stringify(input)}::jsonb as rows),
    resources as (
      insert into workspace_resources (id, job_id, transition, type, name, hide, icon, daily_cost, metadata, created_at)
      select r.id, ${given.jobId}::uuid, ${given.transition}, r.type, r.name, r.hide, r.icon, r.daily_cost, r.metadata, ${now}
      from input, jsonb_to_recordset(rows -> 'resources') as r(id uuid, type text, name text, hide boolean, icon text,
        daily_cost integer, metadata jsonb)
    ),
    -- Locked before anything reads it: a session that connects or ends meanwhile comes first, or finds the row replaced.
    old as (
      select * from workspace_agents
      where build_id = ${given.claimOfBuildId ?? null}::uuid and parent_id is null and not deleted
      for update
    ),
    agents as (
      insert into workspace_agents (id, resource_id, workspace_id, build_id, name, auth_token_hash, architecture,
        operating_system, environment_variables, directory, display_apps, display_order, connection_timeout_seconds,
        troubleshooting_url, motd_file, env_from_secrets, lifecycle_state, started_at, created_at, updated_at,
        expanded_directory, version, api_version, subsystems, api_key_scope, first_connected_at, last_connected_at,
        disconnected_at, session_replica_id, session_generation)
      select a.id, a.resource_id, ${given.workspaceId ?? null}::uuid, ${given.buildId ?? null}::uuid, a.name,
        coalesce(decode(a.token_hash, 'hex'), old.auth_token_hash), a.architecture,
        a.operating_system, a.environment_variables, a.directory,
        array(select jsonb_array_elements_text(a.display_apps)), a.display_order, a.connection_timeout_seconds,
        a.troubleshooting_url, a.motd_file, a.env_from_secrets,
        -- Until the agent says that its claim work is done.
        case when old.id is null then 'created' else 'starting' end, case when old.id is null then null else ${now} end,
        ${now}, ${now},
        coalesce(old.expanded_directory, ''), coalesce(old.version, ''), coalesce(old.api_version, ''),
        coalesce(old.subsystems, '{}'), coalesce(old.api_key_scope, 'all'), old.first_connected_at, old.last_connected_at,
        old.disconnected_at, old.session_replica_id, coalesce(old.session_generation + 1, 0)
      from input, jsonb_to_recordset(rows -> 'agents') as a(id uuid, resource_id uuid, name text, token_hash text,
        architecture text, operating_system text, environment_variables jsonb, directory text, display_apps jsonb,
        display_order integer, connection_timeout_seconds integer, troubleshooting_url text, motd_file text,
        env_from_secrets boolean)
      -- An agent with a token of its own is another process: nothing moves to it.
      left join old on lower(old.name) = lower(a.name)
        and (a.token_hash is null or decode(a.token_hash, 'hex') = old.auth_token_hash)
      returning id, name, session_generation, session_replica_id, auth_token_hash
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
    ),
    scripts as (
      insert into workspace_agent_scripts (id, workspace_agent_id, log_source_id, log_path, display_name, script, cron,
        run_on_start, run_on_stop, run_on_claim, start_blocks_login, timeout_seconds, position, created_at)
      select s.id, s.agent_id, s.log_source_id, s.log_path, s.display_name, s.script, s.cron, s.run_on_start,
        s.run_on_stop, s.run_on_claim, s.start_blocks_login, s.timeout_seconds, s.position, ${now}
      from input, jsonb_to_recordset(rows -> 'scripts') as s(id uuid, agent_id uuid, log_source_id uuid, log_path text,
        display_name text, script text, cron text, run_on_start boolean, run_on_stop boolean, run_on_claim boolean,
        start_blocks_login boolean, timeout_seconds integer, position integer)
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
    )
    select old.id as "from", agents.id as "to", agents.session_generation as generation, agents.session_replica_id as replica_id
    from agents join old on lower(old.name) = lower(agents.name) and old.auth_token_hash = agents.auth_token_hash
    where ${sql.lit(isClaim)}`;
  },
});

/**
 * Stores what a build or an import made, in one statement. Resolves with the agents that a claim moved, which belong
 * into the announcement of the claim (`prebuild_claimed`), so that whoever holds a session needs no look-up.
 *
 * @see spec/prebuilds.md §15.6, spec/agents.md A-1, A-3
 */
export async function insertResources(
  tx: Tx,
  /** On the workspace of the build, or the template of the import. */
  _granted: Granted<"workspace:update" | "template:update">,
  given: NewResources,
): Promise<MovedAgent[]> {
  if (given.resources.length === 0) return [];
  const input = await toRows(tx, given);
  return await insert.all(tx, { given, input });
}

const softDelete = defineStatement({
  name: "agents.soft_delete",
  columns: {},
  samples: [
    { workspaceId: sampleId, exceptBuildId: sampleId, nowMs: undefined },
    { workspaceId: sampleId, exceptBuildId: sampleId, nowMs: sampleMs },
  ],
  build: ({
    workspaceId,
    exceptBuildId,
    nowMs,
  }: {
    workspaceId: string;
    exceptBuildId: string;
    nowMs: number | undefined;
  }) => sql`
    update workspace_agents set deleted = true, updated_at = ${nowMs === undefined ? sql`now()` : new Date(nowMs)}
    where workspace_id = ${workspaceId} and build_id <> ${exceptBuildId} and not deleted`,
});

/** Ends the agents of every build but one; a session of theirs is closed by the replica that holds it. */
export async function softDeleteAgents(
  tx: Tx,
  {
    object,
  }: Granted<
    "workspace:create" | "workspace:start" | "workspace:stop" | "workspace:update" | "workspace:delete",
    Thing
  >,
  { exceptBuildId, nowMs }: { exceptBuildId: string; nowMs?: number },
): Promise<void> {
  await softDelete.run(tx, { workspaceId: object.id, exceptBuildId, nowMs });
}

/** The rows of every table, with ids, as one document: names are those of the columns. */
async function toRows(tx: Tx, { resources }: NewResources) {
  const rows = {
    resources: [] as object[],
    agents: [] as object[],
    scripts: [] as object[],
    metadata: [] as object[],
    apps: [] as object[],
  };
  const hasTokens = resources.some((resource) => resource.agents.some((agent) => agent.token !== undefined));
  const hash = hasTokens ? await agentTokenHasher(tx) : undefined;
  for (const resource of resources) {
    const resourceId = randomUUID();
    rows.resources.push({
      id: resourceId,
      type: resource.type,
      name: resource.name,
      hide: resource.hide,
      icon: resource.icon,
      daily_cost: resource.dailyCost,
      metadata: resource.metadata,
    });
    for (const agent of resource.agents) {
      const tokenHash = agent.token === undefined ? null : (hash?.(agent.token).toString("hex") ?? null);
      addAgent(rows, resourceId, agent, tokenHash);
    }
  }
  return rows;
}

function addAgent(
  rows: Awaited<ReturnType<typeof toRows>>,
  resourceId: string,
  agent: AgentDeclaration,
  tokenHash: string | null,
): void {
  const agentId = randomUUID();
  rows.agents.push({
    id: agentId,
    resource_id: resourceId,
    name: agent.name,
    token_hash: tokenHash,
    architecture: agent.architecture,
    operating_system: agent.operatingSystem,
    environment_variables: agent.env,
    directory: agent.directory,
    display_apps: agent.displayApps,
    display_order: agent.displayOrder,
    connection_timeout_seconds: agent.connectionTimeoutSeconds,
    troubleshooting_url: agent.troubleshootingUrl,
    motd_file: agent.motdFile,
    env_from_secrets: agent.envFromSecrets,
  });
  for (const [position, script] of agent.scripts.entries()) {
    rows.scripts.push({
      id: randomUUID(),
      agent_id: agentId,
      log_source_id: randomUUID(),
      display_name: script.displayName,
      icon: script.icon,
      log_path: script.logPath,
      script: script.script,
      cron: script.cron,
      run_on_start: script.runOnStart,
      run_on_stop: script.runOnStop,
      run_on_claim: script.runOnClaim,
      start_blocks_login: script.startBlocksLogin,
      timeout_seconds: script.timeoutSeconds,
      position,
    });
  }
  for (const item of agent.metadata) {
    rows.metadata.push({
      agent_id: agentId,
      agent_name: agent.name,
      key: item.key,
      display_name: item.displayName,
      script: item.script,
      timeout_seconds: item.timeoutSeconds,
      interval_seconds: item.intervalSeconds,
      display_order: item.displayOrder,
    });
  }
  for (const app of agent.apps) {
    rows.apps.push({
      id: randomUUID(),
      agent_id: agentId,
      agent_name: agent.name,
      slug: app.slug,
      display_name: app.displayName,
      icon: app.icon,
      command: app.command,
      url: app.url,
      external: app.external,
      subdomain: app.subdomain,
      sharing_level: app.share,
      healthcheck_url: app.healthcheck?.url ?? "",
      healthcheck_interval: app.healthcheck?.intervalSeconds ?? 0,
      healthcheck_threshold: app.healthcheck?.threshold ?? 0,
      display_order: app.displayOrder,
      display_group: app.displayGroup,
      hidden: app.hidden,
      open_in: app.openIn,
      tooltip: app.tooltip,
    });
  }
}
