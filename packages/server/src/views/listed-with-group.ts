import { sql } from "kysely";
import { objectOf, type ResourceObject } from "../access/index.ts";
import { computed, defineStatement, orNull, sampleId, stored, type Db, type Tx } from "../ground/database/index.ts";

const find = defineStatement({
  name: "views.listed_with_group",
  columns: {
    type: computed.text,
    id: stored("workspaces.id"),
    owner_id: orNull(stored("workspaces.owner_id")),
    organization_id: stored("workspaces.organization_id"),
    user_acl: stored("workspaces.user_acl"),
    group_acl: stored("workspaces.group_acl"),
  },
  samples: [{ groupId: sampleId, organizationId: sampleId }],
  build: ({ groupId, organizationId }: { groupId: string; organizationId: string }) => sql`
    select 'workspace' as type, id, owner_id, organization_id, user_acl, group_acl from workspaces
    where organization_id = ${organizationId} and (user_acl <> '{}' or group_acl <> '{}')
      and jsonb_exists(group_acl, ${groupId}) and not deleted
    union all
    select 'template', id, null, organization_id, user_acl, group_acl from templates
    where organization_id = ${organizationId} and jsonb_exists(group_acl, ${groupId}) and not deleted`,
});

/** A thing whose access list names a group, and what it says of it. */
export interface ListedWithGroup {
  readonly type: "template" | "workspace";
  readonly object: ResourceObject;
  readonly words: readonly string[];
}

/** Everything that is given to a group by the access lists of its organization. */
export async function listedWithGroup(
  db: Db | Tx,
  group: { readonly id: string; readonly organization_id: string },
): Promise<ListedWithGroup[]> {
  const rows = await find.all(db, { groupId: group.id, organizationId: group.organization_id });
  return rows.map(({ type, owner_id: ownerId, ...row }) => ({
    type: type === "workspace" ? "workspace" : "template",
    object: { ...objectOf(row), ownerId: ownerId ?? undefined },
    words: row.group_acl[group.id] ?? [],
  }));
}
