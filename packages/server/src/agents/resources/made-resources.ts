import { sql } from "kysely";
import type * as api from "@hearth/sdk";
import { allOrNull, orNull, stored, type Fragment, type RowOfShape } from "../../ground/database/index.ts";
import { agentColumnsFrom } from "./agent-row.ts";
import { resourceColumnsWith, resourceOrder, resourceShape, toApiResources } from "./list-resources.ts";
import { toldColumnsFrom, toldShape, type ManifestFacts } from "../rpc/manifest.ts";
import type { MovedAgent } from "./resource-parts.ts";

// What a statement with `resourceParts` has stored, told by itself: in its tables it cannot be read yet.

/** A resource with one of its agents, if it has one, and the agent that this one has replaced. */
export const madeShape = {
  ...resourceShape,
  ...allOrNull(toldShape),
  moved_from: orNull(stored("workspace_agents.id")),
  moved_generation: orNull(stored("workspace_agents.session_generation")),
  moved_replica_id: orNull(stored("workspace_agents.session_replica_id")),
} as const;

/** Of workspaces `w`. */
export const madeColumns: Fragment = sql`
  ${resourceColumnsWith(agentColumnsFrom({ apps: sql`apps`, scripts: sql`scripts`, sources: sql`sources` }))},
  ${toldColumnsFrom(sql`metadata`)},
  old.id as moved_from, a.session_generation as moved_generation, a.session_replica_id as moved_replica_id`;

/** Where {@link madeColumns} come from. */
export const madeFrom: Fragment = sql`
  resources r left join agents a on a.resource_id = r.id left join replicas p on p.id = a.session_replica_id
  left join old on lower(old.name) = lower(a.name) and old.auth_token_hash = a.auth_token_hash`;
export const madeOrder: Fragment = resourceOrder;

/** What an agent is told of the workspace that it is in. */
export type WorkspaceToldOf = Omit<ManifestFacts, keyof MadeRow>;

type MadeRow = RowOfShape<typeof madeShape>;

export interface Made {
  readonly resources: readonly api.WorkspaceResource[];
  readonly moved: readonly MovedAgent[];
  /** Of those that moved. */
  readonly manifests: readonly ManifestFacts[];
}

/** What was stored, as the API shows it, and the agents that moved with what these are told now. Pure. */
export function toMade(rows: readonly MadeRow[], jobId: string, workspace: WorkspaceToldOf, nowMs: number): Made {
  const moved: MovedAgent[] = [];
  const manifests: ManifestFacts[] = [];
  for (const row of rows) {
    const { id, moved_from: from, moved_generation: generation, moved_replica_id } = row;
    if (id === null || from === null) continue;
    moved.push({ from, to: id, generation: generation ?? 0, replica_id: moved_replica_id });
    // With an id the left join found an agent: its columns are there.
    manifests.push({ ...(row as MadeRow & ManifestFacts), ...workspace });
  }
  return { resources: toApiResources(rows, nowMs).get(jobId) ?? [], moved, manifests };
}
