import { sql } from "kysely";
import { zeroUuid } from "@hearth/sdk";
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

/** As the index of names has it, custom_roles_organization_id_name_key: in the place of no organization. */
const nowhere: Fragment = sql.lit(zeroUuid);

/** An SQL text: the roles of an operator's own making among those of the user under this alias, as JSON. */
export function customRolesOf(user: string): Fragment {
  const [id, roles] = [sql.ref(`${user}.id`), sql.ref(`${user}.roles`)];
  return sql`(select coalesce(json_agg(json_build_object(${roleColumns.json("c")})), '[]')
    from (
      select ${nowhere}::uuid as place, ${roles} as names
      union all
      select m.organization_id, m.roles from organization_members m where m.user_id = ${id}
    ) held
    join custom_roles c on coalesce(c.organization_id, ${nowhere}) = held.place and c.name = any(held.names))`;
}

/** An SQL text: the ids of the groups that the user under this alias is in, beside those of everyone. */
export function groupIdsOf(user: string): Fragment {
  return sql`array(select g.group_id from group_members g where g.user_id = ${sql.ref(`${user}.id`)})`;
}
