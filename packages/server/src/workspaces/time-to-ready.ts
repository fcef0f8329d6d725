import { sql } from "kysely";
import type { Fragment } from "../ground/database/index.ts";

/**
 * How long a build took until its agents were ready, in milliseconds from its creation, which is the request: null while
 * they are not, and for good when the first start of one of them failed.
 *
 * Of how each agent's first start ended, which is written once: a reconnection, a restart of the agent or of the server
 * and later builds leave it as it is. `build` is the alias of the statement's `workspace_builds`.
 */
export function timeToReadyMs(build: string): Fragment {
  const b = sql.id(build);
  return sql`(
    select case when bool_and(coalesce(made_agents.first_start_outcome = 'ready', false)) then
      greatest(0, round(extract(epoch from max(made_agents.first_start_ended_at) - ${b}.created_at) * 1000))::bigint end
    from workspace_resources made
    join workspace_agents made_agents on made_agents.resource_id = made.id and made_agents.parent_id is null
    where made.job_id = ${b}.job_id)`;
}
