import { sql } from "kysely";
import type * as api from "@hearth/sdk";
import { orNull, stored, type Fragment, type RowOfShape } from "../../ground/database/index.ts";
import { agentColumnsFrom } from "./agent-row.ts";
import { resourceColumnsWith, resourceOrder, resourceShape, toApiResources } from "./list-resources.ts";
import type { MovedAgent } from "./resource-parts.ts";

// What a statement with `resourceParts` has stored, told by itself: in its tables it cannot be read yet.

/** A resource with one of its agents, if it has one, and the agent that this one has replaced. */
export const madeShape = {
  ...resourceShape,
  moved_from: orNull(stored("workspace_agents.id")),
  moved_generation: orNull(stored("workspace_agents.session_generation")),
  moved_replica_id: orNull(stored("workspace_agents.session_replica_id")),
} as const;

export const madeColumns: Fragment = sql`
  ${resourceColumnsWith(agentColumnsFrom({ apps: sql`apps`, scripts: sql`scripts`, sources: sql`sources` }))},
  old.id as moved_from, a.session_generation as moved_generation, a.session_replica_id as moved_replica_id`;

/** Where {@link madeColumns} come from. */
export const madeFrom: Fragment = sql`
  resources r left join agents a on a.resource_id = r.id left join replicas p on p.id = a.session_replica_id
  left join old on lower(old.name) = lower(a.name) and old.auth_token_hash = a.auth_token_hash`;
export const madeOrder: Fragment = resourceOrder;

/** What was stored, as the API shows it, and the agents that moved. Pure. */
export function toMade(
  rows: readonly RowOfShape<typeof madeShape>[],
  jobId: string,
  nowMs: number,
): { readonly resources: readonly api.WorkspaceResource[]; readonly moved: readonly MovedAgent[] } {
  const moved = rows.flatMap(({ id, moved_from: from, moved_generation: generation, moved_replica_id }) =>
    id === null || from === null ? [] : [{ from, to: id, generation: generation ?? 0, replica_id: moved_replica_id }],
  );
  return { resources: toApiResources(rows, nowMs).get(jobId) ?? [], moved };
}
