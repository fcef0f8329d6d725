import { randomUUID } from "node:crypto";
import type { AgentDeclaration, KeptResource, ResourceDeclaration } from "@hearth/provisioner";

/** The rows of every table, with ids, as one document: names are those of the columns. */
export interface ResourceRows {
  readonly resources: object[];
  readonly agents: object[];
  readonly scripts: object[];
  readonly metadata: object[];
  readonly apps: object[];
}

/** What a build or an import made, or a claim kept, as {@link import("./resource-parts.ts").resourceParts} takes it. */
export function toRows(
  resources: readonly (ResourceDeclaration | KeptResource)[],
  /** Of a start's agents, which have tokens. */
  hash?: (token: string) => Buffer,
): ResourceRows {
  const rows: ResourceRows = { resources: [], agents: [], scripts: [], metadata: [], apps: [] };
  for (const resource of resources) {
    const resourceId = randomUUID();
    rows.resources.push({
      id: resourceId,
      type: resource.type,
      name: resource.name,
      hide: resource.hide,
      icon: resource.icon,
      daily_cost: resource.dailyCost,
      ...("metadata" in resource ? { metadata: resource.metadata } : {}),
    });
    for (const agent of resource.agents) {
      const tokenHash = agent.token === undefined ? null : (hash?.(agent.token).toString("hex") ?? null);
      addAgent(rows, resourceId, agent, tokenHash);
    }
  }
  return rows;
}

function addAgent(rows: ResourceRows, resourceId: string, agent: AgentDeclaration, tokenHash: string | null): void {
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
    has_claim_work: agent.scripts.some((script) => script.runOnClaim),
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
