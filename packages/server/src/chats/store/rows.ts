import { sql } from "kysely";
import {
  allColumns,
  computed,
  defineStatement,
  sampleId,
  stored,
  type Db,
  type Fragment,
  type JsonRowOf,
  type RowOf,
  type RowOfShape,
  type Tx,
} from "../../ground/database/index.ts";
import type { ChatSnapshot, OpenCall } from "../machine/index.ts";

export const chatColumns = allColumns("chats");
export const messageColumns = allColumns("chat_messages");
export const queueColumns = allColumns("chat_queued_messages");

/** A chat as it is stored. */
export type ChatRow = RowOf<typeof chatColumns>;
/** A message, with its instants as texts where a statement gives it as JSON. */
export type MessageRow = JsonRowOf<typeof messageColumns> | RowOf<typeof messageColumns>;
export type QueuedRow = JsonRowOf<typeof queueColumns>;

/** What waits in the chat of this alias, in order. */
export const queueOf = (alias: string): Fragment => sql`coalesce((
  select jsonb_agg(jsonb_build_object(${queueColumns.json("q")}) order by q.position, q.id)
  from chat_queued_messages q where q.chat_id = ${sql.ref(`${alias}.id`)}), '[]')`;

/** Calls of the last answer of the model without a result; what the provider ran itself has its own. */
export const openCallsOf = (alias: string): Fragment => sql`coalesce((
  select jsonb_agg(jsonb_build_object('tool_call_id', call.part ->> 'tool_call_id', 'tool_name', call.part ->> 'tool_name',
      'args', call.part -> 'args')
    order by call.place)
  from (
    select m.id, m.content from chat_messages m
    where m.chat_id = ${sql.ref(`${alias}.id`)} and m.role = 'assistant' and not m.deleted order by m.id desc limit 1
  ) last
  cross join lateral jsonb_array_elements(last.content) with ordinality call (part, place)
  where call.part ->> 'type' = 'tool-call' and coalesce(call.part ->> 'provider_executed', 'false') = 'false'
    and not exists (
      select from chat_messages r cross join lateral jsonb_array_elements(r.content) result (part)
      where r.chat_id = ${sql.ref(`${alias}.id`)} and r.id > last.id and not r.deleted
        and result.part ->> 'type' = 'tool-result'
        and result.part ->> 'tool_call_id' = call.part ->> 'tool_call_id')), '[]')`;

const recordShape = {
  ...chatColumns.shape,
  queue: computed.json<QueuedRow[]>(),
  open_calls: computed.json<OpenCall[]>(),
  /** Of its root: those it began itself are shared with it. */
  read_user_acl: stored("chats.user_acl"),
  read_group_acl: stored("chats.group_acl"),
};

/** A chat with all that decides about it, as of one instant. */
export type ChatRecord = RowOfShape<typeof recordShape>;

const read = defineStatement({
  name: "chats.read_records",
  columns: recordShape,
  samples: [{ ids: [sampleId] }],
  build: ({ ids }: { ids: readonly string[] }) => sql`
    select ${chatColumns.of("c")}, ${queueOf("c")} as queue, ${openCallsOf("c")} as open_calls,
      r.user_acl as read_user_acl, r.group_acl as read_group_acl
    from chats c join chats r on r.id = coalesce(c.root_chat_id, c.id)
    where c.id = any(${[...ids]}::uuid[])`,
});

/** Chats with queue and open calls; those that are not there are left out. One statement. */
export async function readChats(db: Db | Tx, ids: readonly string[]): Promise<ChatRecord[]> {
  return await read.all(db, { ids });
}

export async function readChat(db: Db | Tx, id: string): Promise<ChatRecord | undefined> {
  return (await readChats(db, [id]))[0];
}

/** What the machine looks at. */
export function snapshotOf(record: ChatRecord): ChatSnapshot {
  return {
    status: record.status,
    archived: record.archived,
    queue: record.queue,
    openCalls: record.open_calls,
    lastModelConfigId: record.last_model_config_id,
  };
}
