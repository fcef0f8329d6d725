import { sql } from "kysely";
import type { Fragment } from "../ground/database/index.ts";
import { isConnected } from "../agents/index.ts";

// What claims, pools and figures mean by the same words, about the workspace's latest build `b`.

const rootAgents: Fragment = sql`from workspace_agents a where a.build_id = b.id and a.parent_id is null and not a.deleted`;

/**
 * Whether all root agents are ready and connected; one without agents never is. What is not is not given away and does not
 * count as warm: nobody could use it. @see spec/prebuilds.md §2.8
 */
export function isClaimable(nowMs: number): Fragment {
  return sql`(select coalesce(bool_and(a.lifecycle_state = 'ready' and ${isConnected(nowMs)}), false) ${rootAgents})`;
}

/**
 * Since when a root agent that was there is not connected any more, or was given up: when it was last heard of. Null while
 * all that have ever come are connected: one that has not come yet is not lost.
 */
export function lostSince(nowMs: number): Fragment {
  return sql`(select min(greatest(a.last_connected_at, a.disconnected_at, a.given_up_at,
      (select p.renewed_at from replicas p where p.id = a.session_replica_id)))
    ${rootAgents} and not ${isConnected(nowMs)} and (a.first_connected_at is not null or a.given_up_at is not null))`;
}

/** The preset whose pool the workspace `w` is of: that of its latest build, or of its last start that says one. */
export const poolPreset: Fragment = sql`coalesce(b.template_version_preset_id, (
  select s.template_version_preset_id from workspace_builds s
  where s.workspace_id = w.id and s.transition = 'start' and s.template_version_preset_id is not null
  order by s.build_number desc limit 1))`;
