import { sql } from "kysely";
import type { WorkspaceAppHealth } from "@hearth/sdk";
import { computed, defineStatement, sampleId, type Db } from "../../ground/database/index.ts";
import type { GrantedAgent } from "../access/agent-grant.ts";
import { refuse } from "./refusals.ts";

export interface HealthReport {
  readonly appId: string;
  readonly health: WorkspaceAppHealth;
}

const update = defineStatement({
  name: "agents.store_app_healths",
  columns: { known: computed.number, changed: computed.number },
  samples: [{ agentId: sampleId, reports: [{ appId: sampleId, health: "healthy" }] }],
  build: ({ agentId, reports }: { agentId: string; reports: readonly HealthReport[] }) => sql`
    with given as (
      select distinct on (id) id, health
      from unnest(${reports.map((report) => report.appId)}::uuid[], ${reports.map((report) => report.health)}::text[]) as g(id, health)
    ),
    known as (
      select given.id, given.health from given
      join workspace_apps a on a.id = given.id and a.agent_id = ${agentId} and a.healthcheck_url <> ''
    ),
    changed as (
      update workspace_apps a set health = known.health from known
      where a.id = known.id and a.health <> known.health
        and (select count(*) from known) = (select count(*) from given)
      returning a.id
    )
    select (select count(*) from known) as known, (select count(*) from changed) as changed`,
});

/**
 * Stores what an agent reports of its apps, in one statement; true when something changed. One id that is not an app of
 * this agent, or an app without a check, refuses the whole report and changes nothing. @see spec/agents.md §11, A-18
 *
 * @throws DrpcError
 */
export async function storeAppHealths(
  db: Db,
  granted: GrantedAgent<"workspace:update_agent">,
  reports: readonly HealthReport[],
): Promise<boolean> {
  if (reports.length === 0) return false;
  const rows = await update.all(db, { agentId: granted.object.agentId, reports });
  const { known = 0, changed = 0 } = rows[0] ?? {};
  if (known !== new Set(reports.map((report) => report.appId)).size) {
    throw refuse("The report names an app that is not of this agent, or has no health check.");
  }
  return changed > 0;
}
