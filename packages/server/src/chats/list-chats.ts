import { sql } from "kysely";
import { columnsOf, toPredicate, type Context, type GrantedList } from "../access/index.ts";
import { computed, defineStatement, sampleId, type Db, type Fragment } from "../ground/database/index.ts";
import type { ChatFilter } from "./chat-query.ts";

/** Which part of the list: after a number of chats, or after one of them. */
export interface ChatPage {
  readonly limit: number;
  readonly offset?: number | undefined;
  readonly afterId?: string | undefined;
}

interface Wanted {
  /** What the caller may see of `chats c`. */
  readonly seen: Fragment;
  readonly filter: ChatFilter;
  readonly viewerId: string | undefined;
  readonly page: ChatPage;
}

const all: ChatFilter = { archived: false, statuses: [], labels: {}, matchesNothing: false };
const someOf: Fragment = sql`c.owner_id = ${sampleId}::uuid`;
const samples: readonly Wanted[] = [
  {
    seen: someOf,
    filter: {
      ...all,
      search: "word",
      hasUnread: true,
      statuses: ["running"],
      labels: { a: "b" },
      source: "created_by_me",
    },
    viewerId: sampleId,
    page: { limit: 50, offset: 50 },
  },
  {
    seen: someOf,
    filter: { ...all, title: "word", source: "shared_with_me", matchesNothing: true },
    viewerId: sampleId,
    page: { limit: 50, afterId: sampleId },
  },
];

const list = defineStatement({
  name: "chats.list_ids",
  columns: { ids: computed.uuids },
  // An owner of the deployment looks through everybody's.
  mayScan: ["chats"],
  samples,
  build: ({ seen, filter, viewerId, page: { limit, offset = 0, afterId } }: Wanted) => sql`
    with after as (
      select (p.pin_order = 0) as is_unpinned, p.pin_order, p.created_at, p.id from chats p where p.id = ${afterId ?? null}::uuid
    )
    select array(
      select c.id from chats c
      where ${sql.join([sql`c.root_chat_id is null`, seen, ...conditionsOf(filter, viewerId)], sql` and `)}
        and (${afterId === undefined} or exists (
          select from after a where (c.pin_order = 0, c.pin_order, a.created_at, c.id) > (a.is_unpinned, a.pin_order, c.created_at, a.id)))
      order by c.pin_order = 0, c.pin_order, c.created_at desc, c.id limit ${limit} offset ${offset}
    ) as ids`,
});

/**
 * Ids of the chats that the caller may read and that match: pinned ones first, then the newest. One statement.
 */
export async function listChatIds(
  { actor }: Context,
  db: Db,
  granted: GrantedList<"chat:read">,
  filter: ChatFilter,
  page: ChatPage,
): Promise<readonly string[]> {
  const viewerId = actor.kind === "user" ? actor.userId : undefined;
  const seen = toPredicate(granted, columnsOf("c", { isOwned: true }));
  return (await list.first(db, { seen, filter, viewerId, page }))?.ids ?? [];
}

function conditionsOf(filter: ChatFilter, viewerId: string | undefined): Fragment[] {
  const conditions: Fragment[] = [sql`c.archived = ${filter.archived}`];
  const add = (condition: Fragment) => conditions.push(condition);
  if (filter.matchesNothing) add(sql`false`);
  if (filter.title !== undefined) add(sql`lower(c.title) like ${containing(filter.title)}`);
  if (filter.search !== undefined) {
    const wanted = containing(filter.search);
    add(sql`(lower(c.title) like ${wanted} or exists (
      select from chat_messages m cross join lateral jsonb_array_elements(m.content) p (part)
      where m.chat_id = c.id and not m.deleted and m.visibility <> 'model' and lower(p.part ->> 'text') like ${wanted}))`);
  }
  if (filter.statuses.length > 0) add(sql`c.status = any(${[...filter.statuses]}::text[])`);
  if (filter.hasUnread !== undefined) {
    add(sql`exists (
      select from chat_messages m where m.chat_id = c.id and m.id > c.last_read_message_id
        and m.role = 'assistant' and m.visibility <> 'model' and not m.deleted) = ${filter.hasUnread}`);
  }
  const isOwn: Fragment = sql`c.owner_id = ${viewerId ?? null}::uuid`;
  if (filter.source === "created_by_me") add(isOwn);
  if (filter.source === "shared_with_me") add(sql`not (${isOwn}) and (c.user_acl <> '{}' or c.group_acl <> '{}')`);
  if (Object.keys(filter.labels).length > 0) add(sql`c.labels @> ${JSON.stringify(filter.labels)}::jsonb`);
  return conditions;
}

function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, "\\$&")}%`;
}
