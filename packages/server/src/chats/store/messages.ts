import type { Granted, Thing } from "../../access/index.ts";
import { defineQuery, sampleId, type Db, type RowOf } from "../../ground/database/index.ts";
import type { messageColumns } from "./rows.ts";

type ReadGrant = Granted<"chat:read" | "chat:update", Thing>;

/** A message of the chat, whatever became of it. */
export async function findMessage(
  db: Db,
  { object }: ReadGrant,
  id: number,
): Promise<RowOf<typeof messageColumns> | undefined> {
  return await db
    .selectFrom("chat_messages")
    .selectAll()
    .where("id", "=", id)
    .where("chat_id", "=", object.id)
    .executeTakeFirst();
}

/** Which messages of a chat. Ids are the cursors. */
export interface MessagePage {
  readonly chatId: string;
  readonly beforeId?: number | undefined;
  readonly afterId?: number | undefined;
  readonly limit: number;
}

const listQuery = defineQuery({
  name: "chats.list_messages",
  samples: [
    { chatId: sampleId, limit: 51 },
    { chatId: sampleId, beforeId: 1, afterId: 1, limit: 51 },
  ],
  build: (db, { chatId, beforeId, afterId, limit }: MessagePage) => {
    let query = db
      .selectFrom("chat_messages")
      .selectAll()
      .where("chat_id", "=", chatId)
      .where("deleted", "=", false)
      .where("visibility", "!=", "model");
    if (beforeId !== undefined) query = query.where("id", "<", beforeId);
    if (afterId !== undefined) query = query.where("id", ">", afterId);
    const isForward = afterId !== undefined && beforeId === undefined;
    return query.orderBy("id", isForward ? "asc" : "desc").limit(limit);
  },
});

/** What whoever may read the chat sees of it: newest first, after a cursor alone oldest first. */
export async function listMessages(
  db: Db,
  { object }: ReadGrant,
  page: Omit<MessagePage, "chatId">,
): Promise<RowOf<typeof messageColumns>[]> {
  return await listQuery(db, { ...page, chatId: object.id }).execute();
}

const promptsQuery = defineQuery({
  name: "chats.list_prompts",
  samples: [{ chatId: sampleId, limit: 500 }],
  build: (db, { chatId, limit }: { chatId: string; limit: number }) =>
    db
      .selectFrom("chat_messages")
      .select(["id", "content"])
      .where("chat_id", "=", chatId)
      .where("deleted", "=", false)
      .where("role", "=", "user")
      .where("created_by", "is not", null)
      .where("visibility", "!=", "model")
      .orderBy("id", "desc")
      .limit(limit),
});

/** Messages that the owner wrote, newest first. */
export async function listPrompts(
  db: Db,
  { object }: ReadGrant,
  limit: number,
): Promise<Pick<RowOf<typeof messageColumns>, "id" | "content">[]> {
  return await promptsQuery(db, { chatId: object.id, limit }).execute();
}
