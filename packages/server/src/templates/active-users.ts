import { sql } from "kysely";

/** In a statement about templates `t`: how many people have a workspace of the template. */
export const activeUsers = sql<number>`(select count(distinct w.owner_id)::int from workspaces w
  join users wu on wu.id = w.owner_id where w.template_id = t.id and not w.deleted and not wu.is_system)`;
