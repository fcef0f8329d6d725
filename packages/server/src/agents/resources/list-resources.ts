import { sql } from "kysely";
import type * as api from "@hearth/sdk";
import {
  allColumns,
  allOrNull,
  computed,
  defineStatement,
  sampleId,
  type Db,
  type Fragment,
  type JsonRowOf,
  type RowOfShape,
  type Tx,
} from "../../ground/database/index.ts";
import { agentColumns, agentShape, type AgentRow } from "./agent-row.ts";
import { toApiAgent } from "./to-api-agent.ts";

const resourceColumns = allColumns("workspace_resources", { except: ["created_at"] });

interface ResourceRow {
  /** JSON has no instants: `created_at_ms` is since the epoch. */
  resource: JsonRowOf<typeof resourceColumns> & { created_at_ms: number };
}

/** A resource with one of its agents, or with none. */
export const resourceShape = {
  resource: computed.json<ResourceRow["resource"]>(),
  ...allOrNull(agentShape),
} as const;

/** The columns of {@link resourceShape} for resources `r` and agents `a`, with their replicas as `p`. */
export function resourceColumnsWith(agents: Fragment): Fragment {
  return sql`json_build_object(${resourceColumns.json("r")},
    'created_at_ms', floor(extract(epoch from r.created_at) * 1000)) as resource, ${agents}`;
}

export const resourceOrder: Fragment = sql`r.transition, r.name, r.type, r.id, a.display_order, a.name`;

const find = defineStatement({
  name: "agents.list_resources",
  columns: resourceShape,
  samples: [{ jobIds: [sampleId] }],
  build: ({ jobIds }: { jobIds: readonly string[] }) => sql`
    select ${resourceColumnsWith(agentColumns)}
    from workspace_resources r
    left join workspace_agents a on a.resource_id = r.id and not (a.deleted and a.parent_id is not null)
    left join replicas p on p.id = a.session_replica_id
    where r.job_id = any(${[...jobIds]}::uuid[])
    order by ${resourceOrder}`,
});

/**
 * What the jobs made, by job id, with agents as they stand at `nowMs`; sorted by name. One query for any number of jobs;
 * a job that made nothing (yet) is not in the map.
 *
 * Agents of a build that was followed by another are still shown with it; sub-agents that were deleted are not.
 */
export async function listResources(
  db: Db | Tx,
  jobIds: readonly string[],
  nowMs: number,
): Promise<Map<string, api.WorkspaceResource[]>> {
  if (jobIds.length === 0) return new Map();
  return toApiResources(await find.all(db, { jobIds }), nowMs);
}

/** Rows of {@link resourceShape} as the API shows them, by job id. Pure. */
export function toApiResources(
  rows: readonly RowOfShape<typeof resourceShape>[],
  nowMs: number,
): Map<string, api.WorkspaceResource[]> {
  const byJob = new Map<string, api.WorkspaceResource[]>();
  const byId = new Map<string, api.WorkspaceResource>();
  for (const row of rows) {
    let resource = byId.get(row.resource.id);
    if (resource === undefined) {
      resource = toApiResource(row.resource);
      byId.set(resource.id, resource);
      const list = byJob.get(resource.job_id);
      if (list === undefined) byJob.set(resource.job_id, [resource]);
      else list.push(resource);
    }
    if (row.id === null) continue;
    // With an id the left join found an agent: its columns are there.
    (resource.agents ??= []).push(toApiAgent(row as AgentRow, nowMs));
  }
  return byJob;
}

function toApiResource(row: ResourceRow["resource"]): api.WorkspaceResource {
  return {
    id: row.id,
    created_at: new Date(row.created_at_ms).toISOString(),
    job_id: row.job_id,
    workspace_transition: row.transition,
    type: row.type,
    name: row.name,
    hide: row.hide,
    icon: row.icon,
    ...(row.metadata.length === 0 ? {} : { metadata: row.metadata }),
    daily_cost: row.daily_cost,
  };
}
