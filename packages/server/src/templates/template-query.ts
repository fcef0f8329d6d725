import { sql, type RawBuilder } from "kysely";
import type { Db } from "../ground/database/index.ts";
import { parseSearchQuery, refuseQuery, SearchReader } from "../ground/http/index.ts";
import { columnsOf, toPredicate, type Action, type GrantedList } from "../access/index.ts";
import { activeUsers } from "./active-users.ts";
import type { TemplateRow } from "./rows.ts";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Templates that a `q` asks for and the caller may see: what most people use first, then by name.
 *
 * @throws ApiError `bad_query`
 * @see spec/api.md §4
 */
export async function searchTemplates(
  db: Db,
  text: string,
  scope: { visible: GrantedList<"template:read">; callerId: string; organizationId?: string },
): Promise<TemplateRow[]> {
  const query = parseSearchQuery(text);
  const reader = new SearchReader(query);
  const author = reader.one("author");
  const filter = {
    displayName: reader.one("display_name") ?? query.free,
    name: reader.one("name"),
    exactName: reader.one("exact_name"),
    exactDisplayName: reader.one("exact_display_name"),
    organization: reader.one("organization"),
    ids: reader.list("ids"),
    deprecated: reader.bool("deprecated"),
    deleted: reader.bool("deleted") ?? false,
    authorId: reader.one("author_id"),
    // No template declares either yet.
    never: reader.bool("has-ai-task") === true || reader.bool("has_external_agent") === true,
  };
  reader.finish();
  for (const id of filter.ids) if (!uuid.test(id)) throw refuseQuery("ids", `"${id}" is no UUID`);
  if (filter.never) return [];

  let rows = db
    .selectFrom("templates as t")
    .selectAll("t")
    .where("t.deleted", "=", filter.deleted)
    .orderBy(activeUsers, "desc")
    .orderBy(sql`lower(t.name)`);
  rows = rows.where(visibleTemplate(scope.visible));
  if (scope.organizationId !== undefined) rows = rows.where("t.organization_id", "=", scope.organizationId);
  if (filter.displayName !== "") {
    // A template without a display name is shown by its name.
    rows = rows.where(
      sql<boolean>`lower(coalesce(nullif(t.display_name, ''), t.name)) like ${like(filter.displayName)}`,
    );
  }
  if (filter.name !== undefined) rows = rows.where(sql<boolean>`lower(t.name) like ${like(filter.name)}`);
  if (filter.exactName !== undefined) rows = rows.where(sql`lower(t.name)`, "=", filter.exactName);
  if (filter.exactDisplayName !== undefined)
    rows = rows.where(sql`lower(t.display_name)`, "=", filter.exactDisplayName);
  if (filter.ids.length > 0) rows = rows.where("t.id", "in", filter.ids);
  if (filter.deprecated !== undefined) rows = rows.where("t.deprecated", filter.deprecated ? "<>" : "=", "");
  if (filter.authorId !== undefined) {
    if (!uuid.test(filter.authorId)) throw refuseQuery("author_id", `"${filter.authorId}" is no UUID`);
    rows = rows.where("t.created_by", "=", filter.authorId);
  }
  if (author === "me") rows = rows.where("t.created_by", "=", scope.callerId);
  else if (author !== undefined) {
    rows = rows.where(sql<boolean>`t.created_by in (select id from users where lower(username) = ${author})`);
  }
  if (filter.organization !== undefined) {
    const found = await db
      .selectFrom("organizations")
      .select("id")
      .where(sql<boolean>`id::text = ${filter.organization} or lower(name) = ${filter.organization}`)
      .executeTakeFirst();
    if (found === undefined) throw refuseQuery("organization", `there is no organization "${filter.organization}"`);
    rows = rows.where("t.organization_id", "=", found.id);
  }
  return await rows.execute();
}

/** An SQL text: that the template `t` is within reach. */
export function visibleTemplate(granted: GrantedList<Action>): RawBuilder<boolean> {
  return toPredicate(granted, columnsOf("t", { isOwned: false }));
}

function like(text: string): string {
  return `%${text.replace(/[\\%_]/g, "\\$&")}%`;
}
