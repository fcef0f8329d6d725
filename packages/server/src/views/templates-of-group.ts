import { sql } from "kysely";
import { objectOf, type ResourceObject } from "../access/index.ts";
import { defineStatement, sampleId, stored, type Db, type Tx } from "../ground/database/index.ts";

const find = defineStatement({
  name: "views.templates_of_group",
  columns: {
    id: stored("templates.id"),
    organization_id: stored("templates.organization_id"),
    user_acl: stored("templates.user_acl"),
    group_acl: stored("templates.group_acl"),
  },
  samples: [{ groupId: sampleId, organizationId: sampleId }],
  build: ({ groupId, organizationId }: { groupId: string; organizationId: string }) => sql`
    select id, organization_id, user_acl, group_acl from templates
    where organization_id = ${organizationId} and jsonb_exists(group_acl, ${groupId}) and not deleted`,
});

/** A template whose access list names a group, and what it says of it. */
export interface TemplateOfGroup {
  readonly object: ResourceObject;
  readonly words: readonly string[];
}

/** What the organization gives to a group: the templates whose lists name it. */
export async function templatesOfGroup(
  db: Db | Tx,
  group: { readonly id: string; readonly organization_id: string },
): Promise<TemplateOfGroup[]> {
  const rows = await find.all(db, { groupId: group.id, organizationId: group.organization_id });
  return rows.map((row) => ({ object: objectOf(row), words: row.group_acl[group.id] ?? [] }));
}
