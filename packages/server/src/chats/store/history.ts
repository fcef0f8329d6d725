import { sql } from "kysely";
import { defineStatement, sampleId, type Db, type RowOf } from "../../ground/database/index.ts";
import { messageColumns } from "./rows.ts";
import type { ChangeGrant } from "./apply.ts";

const read = defineStatement({
  name: "chats.read_history",
  columns: messageColumns.shape,
  samples: [{ chatId: sampleId }],
  build: ({ chatId }: { chatId: string }) => sql`
    select ${messageColumns.of("m")} from chat_messages m
    where m.chat_id = ${chatId} and not m.deleted and m.visibility <> 'user'
      and (m.role = 'system' or m.id >= coalesce((
        select b.id from chat_messages b where b.chat_id = ${chatId} and b.compressed and not b.deleted order by b.id desc limit 1), 0))
    order by m.id`,
});

/** What the model is told: what the server says, and everything since the newest boundary, oldest first. One statement. */
export async function readHistory(db: Db, { object }: ChangeGrant): Promise<RowOf<typeof messageColumns>[]> {
  return await read.all(db, { chatId: object.id });
}
