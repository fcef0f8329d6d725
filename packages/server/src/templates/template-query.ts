import { sql, type RawBuilder } from "kysely";
import { allColumns, defineStatement, sampleId, type Db, type Fragment } from "../ground/database/index.ts";
import { parseSearchQuery, refuseQuery, SearchReader } from "../ground/http/index.ts";
import { columnsOf, toPredicate, type Action, type GrantedList } from "../access/index.ts";
import { findOrganizationId, idsOfUsername } from "../identity/index.ts";
import { activeUsers } from "../views/index.ts";
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

  const { organization, authorId } = filter;
  const organizationIds = scope.organizationId === undefined ? [] : [scope.organizationId];
  if (authorId !== undefined && !uuid.test(authorId)) throw refuseQuery("author_id", `"${authorId}" is no UUID`);
  if (organization !== undefined) {
    const id = await findOrganizationId(db, organization);
    if (id === undefined) throw refuseQuery("organization", `there is no organization "${organization}"`);
    organizationIds.push(id);
  }
  return await search.all(db, {
    seen: visibleTemplate(scope.visible),
    organizationIds,
    filter: {
      ...filter,
      authorIds: [...(authorId === undefined ? [] : [authorId]), ...(author === "me" ? [scope.callerId] : [])],
      authorName: author === "me" ? undefined : author,
    },
  });
}

interface Wanted {
  /** What the caller may see of `templates t`. */
  readonly seen: Fragment;
  /** It must be of each of them. */
  readonly organizationIds: readonly string[];
  readonly filter: {
    /** A part of it; of a template without one, of its name. */
    readonly displayName: string;
    readonly name?: string | undefined;
    readonly exactName?: string | undefined;
    readonly exactDisplayName?: string | undefined;
    readonly ids: readonly string[];
    readonly deprecated?: boolean | undefined;
    readonly deleted: boolean;
    /** Each of them made it. */
    readonly authorIds: readonly string[];
    readonly authorName?: string | undefined;
  };
}

const templateColumns = allColumns("templates");

const search = defineStatement({
  name: "templates.search",
  columns: templateColumns.shape,
  // Who has left is in no index by name.
  mayScan: ["users"],
  samples: [
    { seen: sql`true`, organizationIds: [], filter: { displayName: "", ids: [], deleted: false, authorIds: [] } },
    {
      seen: sql`true`,
      organizationIds: [sampleId],
      filter: {
        displayName: "docker",
        name: "docker",
        exactName: "docker",
        exactDisplayName: "docker",
        ids: [sampleId],
        deprecated: false,
        deleted: false,
        authorIds: [sampleId],
        authorName: "ada",
      },
    },
  ],
  build: ({ seen, organizationIds, filter }: Wanted) => sql`
    select ${templateColumns.of("t")} from templates t
    where ${sql.join([seen, ...organizationIds.map((id) => sql`t.organization_id = ${id}`), ...conditionsOf(filter)], sql` and `)}
    order by ${activeUsers} desc, lower(t.name)`,
});

function conditionsOf(filter: Wanted["filter"]): Fragment[] {
  const conditions: Fragment[] = [sql`t.deleted = ${filter.deleted}`];
  const add = (condition: Fragment) => conditions.push(condition);
  if (filter.displayName !== "") {
    // A template without a display name is shown by its name.
    add(sql`lower(coalesce(nullif(t.display_name, ''), t.name)) like ${like(filter.displayName)}`);
  }
  if (filter.name !== undefined) add(sql`lower(t.name) like ${like(filter.name)}`);
  if (filter.exactName !== undefined) add(sql`lower(t.name) = ${filter.exactName}`);
  if (filter.exactDisplayName !== undefined) add(sql`lower(t.display_name) = ${filter.exactDisplayName}`);
  if (filter.ids.length > 0) add(sql`t.id = any(${[...filter.ids]}::uuid[])`);
  if (filter.deprecated !== undefined) add(sql`(t.deprecated <> '') = ${filter.deprecated}`);
  for (const id of filter.authorIds) add(sql`t.created_by = ${id}`);
  if (filter.authorName !== undefined) {
    add(sql`t.created_by in (${idsOfUsername(filter.authorName)})`);
  }
  return conditions;
}

/** An SQL text: that the template `t` is within reach. */
export function visibleTemplate(granted: GrantedList<Action>): RawBuilder<boolean> {
  return toPredicate(granted, columnsOf("t", { isOwned: false }));
}

function like(text: string): string {
  return `%${text.replace(/[\\%_]/g, "\\$&")}%`;
}
