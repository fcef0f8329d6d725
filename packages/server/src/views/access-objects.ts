import { sql } from "kysely";
import { someColumns, type Fragment, type JsonRowOf } from "../ground/database/index.ts";

const workspaceColumns = someColumns("workspaces", ["id", "owner_id", "organization_id", "user_acl", "group_acl"]);
const templateColumns = someColumns("templates", ["id", "organization_id", "user_acl", "group_acl"]);

/** What decides about rights on a workspace or a template. */
export type AccessObject = JsonRowOf<typeof workspaceColumns> | JsonRowOf<typeof templateColumns>;

/** A query of {@link AccessObject} of these workspaces and templates, a row with `object` each; what is gone has none. */
export function accessObjects(wanted: {
  readonly workspaceIds: readonly string[];
  readonly templateIds: readonly string[];
}): Fragment {
  return sql`
    select jsonb_build_object(${workspaceColumns.json("w")}) as object
    from workspaces w where w.id = any(${[...wanted.workspaceIds]}::uuid[])
    union all
    select jsonb_build_object(${templateColumns.json("t")})
    from templates t where t.id = any(${[...wanted.templateIds]}::uuid[])`;
}
