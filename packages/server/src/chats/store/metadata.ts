import { sql } from "kysely";
import type { Granted, Thing } from "../../access/index.ts";
import { computed, defineStatement, sampleId, type Db, type Tx } from "../../ground/database/index.ts";

// What is known of a chat beside its execution state: none of it touches a version.

type Owners = Granted<"chat:update", Thing & { readonly ownerId: string }>;

/** What an owner sets; what is left out stays. A workspace that is named anew is dialled anew. */
export interface Metadata {
  readonly title?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly planMode?: "plan" | null | undefined;
  readonly workspaceId?: string | undefined;
}

/** Sets what an owner says of a chat; nothing where it says nothing. */
export async function setMetadata(
  db: Db | Tx,
  { object: { id } }: Owners,
  { title, labels, planMode, workspaceId }: Metadata,
  nowMs: number,
): Promise<void> {
  const set = {
    ...(title === undefined ? {} : { title, title_source: "user" as const }),
    ...(labels === undefined ? {} : { labels: JSON.stringify(labels) }),
    ...(planMode === undefined ? {} : { plan_mode: planMode }),
    ...(workspaceId === undefined
      ? {}
      : { workspace_id: workspaceId, build_id: null, agent_id: null, updated_at: new Date(nowMs) }),
  };
  if (Object.keys(set).length === 0) return;
  await db.updateTable("chats").set(set).where("id", "=", id).execute();
}

const pin = defineStatement({
  name: "chats.pin",
  columns: { id: computed.uuid },
  samples: [{ id: sampleId, ownerId: sampleId, place: 1 }],
  build: ({ id, ownerId, place }: { id: string; ownerId: string; place: number }) => sql`
    with others as (
      select c.id, row_number() over (order by c.pin_order, c.created_at, c.id)::int as place
      from chats c where c.owner_id = ${ownerId} and c.root_chat_id is null and c.pin_order > 0 and c.id <> ${id}
    ), wanted as (
      select case when ${place}::int = 0 then 0 when c.pin_order = 0 then (select count(*)::int + 1 from others)
        else least(${place}::int, (select count(*)::int + 1 from others)) end as place
      from chats c where c.id = ${id} and c.root_chat_id is null and not c.archived
    ), placed as (
      select ${id}::uuid as id, w.place from wanted w
      union all
      select o.id, o.place + case when w.place > 0 and o.place >= w.place then 1 else 0 end from others o cross join wanted w
    )
    update chats c set pin_order = placed.place from placed where c.id = placed.id and c.pin_order <> placed.place
    returning c.id`,
});

/**
 * Pins a chat to a place among its owner's: 0 unpins; any other puts an unpinned one at the end, and moves a pinned one,
 * no farther than there are. @see spec/chat.md §5.4
 */
export async function pinChat(db: Db | Tx, { object: { id, ownerId } }: Owners, place: number): Promise<void> {
  await pin.all(db, { id, ownerId, place });
}

const moveCursor = defineStatement({
  name: "chats.move_read_cursor",
  columns: {},
  samples: [{ id: sampleId }],
  build: ({ id }: { id: string }) => sql`
    update chats c set last_read_message_id = newest.id
    from (select m.id from chat_messages m where m.chat_id = ${id} and not m.deleted order by m.id desc limit 1) newest
    where c.id = ${id} and c.last_read_message_id < newest.id`,
});

/** The owner has seen everything up to now. */
export async function moveReadCursor(db: Db, { object: { id } }: Owners): Promise<void> {
  await moveCursor.run(db, { id });
}
