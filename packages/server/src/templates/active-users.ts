import { sql } from "kysely";
import type { Fragment } from "../ground/database/index.ts";

/** In a statement about templates `t`: how many people have a workspace of the template. */
export const activeUsers: Fragment = sql`(select count(distinct w.owner_id)::int from workspaces w
  join users wu on wu.id = w.owner_id where w.template_id = t.id and not w.deleted and not wu.is_system)`;
