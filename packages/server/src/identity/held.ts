import { sql } from "kysely";
import { someColumns, type Fragment, type JsonRowOf } from "../ground/database/index.ts";

const roleColumns = someColumns("custom_roles", [
  "organization_id",
  "name",
  "display_name",
  "site_permissions",
  "user_permissions",
  "organization_permissions",
  "member_permissions",
]);

/** A role of an operator's own making, as {@link customRolesOf} has it. */
export type CustomRole = JsonRowOf<typeof roleColumns>;

/** An SQL text: the roles of an operator's own making among those of the user under this alias, as JSON. */
export function customRolesOf(user: string): Fragment {
  return sql`(select coalesce(json_agg(json_build_object(${roleColumns.json("c")})), '[]') from custom_roles c
    where (c.organization_id is null and c.name = any(${sql.ref(`${user}.roles`)}))
      or exists (select from organization_members held where held.user_id = ${sql.ref(`${user}.id`)}
        and held.organization_id = c.organization_id and c.name = any(held.roles)))`;
}

/** An SQL text: the ids of the groups that the user under this alias is in, beside those of everyone. */
export function groupIdsOf(user: string): Fragment {
  return sql`array(select g.group_id from group_members g where g.user_id = ${sql.ref(`${user}.id`)})`;
}
