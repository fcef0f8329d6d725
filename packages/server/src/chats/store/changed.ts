import { defineQuery, sampleId, sampleMs, type Db } from "../../ground/database/index.ts";

const changedSince = defineQuery({
  name: "chats.list_changed_since",
  samples: [{ ownerId: sampleId, sinceMs: sampleMs }],
  build: (db, { ownerId, sinceMs }: { ownerId: string; sinceMs: number }) =>
    db
      .selectFrom("chats")
      .select("id")
      .where("owner_id", "=", ownerId)
      .where("updated_at", ">=", new Date(sinceMs))
      .orderBy("updated_at")
      .limit(200),
});

/** Ids of an owner's chats that were written since then: behind hints that were lost. */
export async function listChangedSince(db: Db, since: { ownerId: string; sinceMs: number }): Promise<string[]> {
  const rows = await changedSince(db, since).execute();
  return rows.map(({ id }) => id);
}
