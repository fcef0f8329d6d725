import { sql } from "kysely";
import { someColumns, type Fragment, type JsonRowOf } from "../ground/database/index.ts";

const workspaceColumns = someColumns("workspaces", ["id", "owner_id", "organization_id", "user_acl", "group_acl"]);
const templateColumns = someColumns("templates", ["id", "organization_id", "user_acl", "group_acl"]);

const chatColumns = someColumns("chats", ["id", "owner_id", "organization_id"]);
/** Of the chat that began it, with which it is shared. */
const rootColumns = someColumns("chats", ["user_acl", "group_acl"]);

/** What decides about rights on a workspace, a template or a chat. */
export type AccessObject =
  | JsonRowOf<typeof workspaceColumns>
  | JsonRowOf<typeof templateColumns>
  | (JsonRowOf<typeof chatColumns> & JsonRowOf<typeof rootColumns>);

/** A query of {@link AccessObject} of these workspaces, templates and chats, a row with `object` each; what is gone has none. */
export function accessObjects(wanted: {
  readonly workspaceIds: readonly string[];
  readonly templateIds: readonly string[];
  readonly chatIds: readonly string[];
}): Fragment {
  return sql`
    select jsonb_build_object(${workspaceColumns.json("w")}) as object
    from workspaces w where w.id = any(${[...wanted.workspaceIds]}::uuid[])
    union all
    select jsonb_build_object(${templateColumns.json("t")})
    from templates t where t.id = any(${[...wanted.templateIds]}::uuid[])
    union all
    select jsonb_build_object(${chatColumns.json("c")}, ${rootColumns.json("r")})
    from chats c join chats r on r.id = coalesce(c.root_chat_id, c.id) where c.id = any(${[...wanted.chatIds]}::uuid[])`;
}
