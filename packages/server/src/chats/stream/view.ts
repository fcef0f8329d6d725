import { sql } from "kysely";
import {
  computed,
  defineStatement,
  sampleId,
  type Db,
  type JsonRowOf,
  type RowOfShape,
} from "../../ground/database/index.ts";
import type { OpenCall } from "../machine/index.ts";
import { chatColumns, messageColumns, openCallsOf, queueOf, type QueuedRow } from "../store/rows.ts";

/** Where a reader of a chat is. */
export interface StreamPlace {
  /** The history that it has seen; undefined: nothing yet. */
  readonly revision: number | undefined;
  /** Of the first read: messages up to this one it has. */
  readonly afterId: number;
}

const viewShape = {
  ...chatColumns.shape,
  queue: computed.json<QueuedRow[]>(),
  open_calls: computed.json<OpenCall[]>(),
  is_reset: computed.boolean,
  messages: computed.json<JsonRowOf<typeof messageColumns>[]>(),
};

/** A chat as its stream tells of it, with what changed of its messages since a place; all of them where some went. */
export type StreamView = RowOfShape<typeof viewShape>;

const read = defineStatement({
  name: "chats.read_stream_view",
  columns: viewShape,
  samples: [
    { chatId: sampleId, place: { revision: undefined, afterId: 0 } },
    { chatId: sampleId, place: { revision: 1, afterId: 0 } },
  ],
  build: ({ chatId, place: { revision, afterId } }: { chatId: string; place: StreamPlace }) => sql`
    with lost as (
      select exists (select from chat_messages m where m.chat_id = ${chatId} and m.deleted
        and m.revision > ${revision ?? Number.MAX_SAFE_INTEGER}) as is_reset
    )
    select ${chatColumns.of("c")}, ${queueOf("c")} as queue, ${openCallsOf("c")} as open_calls, lost.is_reset,
      coalesce((
        select jsonb_agg(jsonb_build_object(${messageColumns.json("m")}) order by m.id) from chat_messages m
        where m.chat_id = ${chatId} and not m.deleted and m.visibility <> 'model'
          and (lost.is_reset or (m.revision > ${revision ?? 0} and m.id > ${revision === undefined ? afterId : 0}))), '[]') as messages
    from chats c cross join lost where c.id = ${chatId}`,
});

/** What there is to tell of a chat; undefined: it is gone. One statement. */
export async function readStreamView(db: Db, chatId: string, place: StreamPlace): Promise<StreamView | undefined> {
  return await read.first(db, { chatId, place });
}

const poll = defineStatement({
  name: "chats.list_snapshot_versions",
  columns: { id: chatColumns.shape.id, snapshot_version: chatColumns.shape.snapshot_version },
  samples: [{ ids: [sampleId] }],
  build: ({ ids }: { ids: readonly string[] }) => sql`
    select c.id, c.snapshot_version from chats c where c.id = any(${[...ids]}::uuid[])`,
});

/** How far these chats are, by id. */
export async function readSnapshotVersions(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = await poll.all(db, { ids });
  return new Map(rows.map((row) => [row.id, row.snapshot_version]));
}
