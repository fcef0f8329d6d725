import { ApiError } from "@hearth/sdk";
import { notFoundMessage, type Context } from "../../access/index.ts";
import { defineQuery, sampleId, transaction, type Db, type Tx } from "../../ground/database/index.ts";
import { decideArchive, isRefusal } from "../machine/index.ts";
import { announceApplied } from "./announce.ts";
import { applyStatement, type ChangeGrant } from "./apply.ts";
import { TransitionRefused } from "./refused.ts";
import { readChats, snapshotOf } from "./rows.ts";
import type { StoreDeps } from "./transition.ts";

const lockFamily = defineQuery({
  name: "chats.lock_family",
  samples: [{ id: sampleId }],
  build: (db, { id }: { id: string }) =>
    db
      .selectFrom("chats")
      .select("id")
      .where((eb) => eb.or([eb("id", "=", id), eb("root_chat_id", "=", id)]))
      .orderBy("id")
      .forUpdate(),
});

/**
 * Puts a chat with all that it began into the archive, or takes them out of it: all of them, or none.
 * @throws TransitionRefused where one of them is at work @see spec/chat.md §4.3, SetArchived
 */
export async function archiveFamily(
  ctx: Context,
  deps: Omit<StoreDeps, "db"> & { readonly db: Db | Tx },
  granted: ChangeGrant,
  archived: boolean,
): Promise<void> {
  await transaction(ctx, deps.db, { name: "archive_chats", clock: deps.clock }, async (tx) => {
    const locked = await lockFamily(tx, { id: granted.object.id }).execute();
    if (locked.length === 0) throw new ApiError("not_found", notFoundMessage);
    const family = await readChats(
      tx,
      locked.map(({ id }) => id),
    );
    await refuseOrphan(tx, family, archived);
    for (const record of family) {
      const changes = decideArchive(snapshotOf(record), archived);
      if (isRefusal(changes)) throw new TransitionRefused(changes);
      if (Object.keys(changes).length === 0) continue;
      const fence = { snapshotVersion: record.snapshot_version };
      const row = await applyStatement(granted).first(tx, { id: record.id, fence, changes, nowMs: deps.clock.now() });
      if (row === undefined) throw new Error("a chat that is locked has gone on");
      announceApplied(tx, deps.pubsub, row, { watch: archived ? "deleted" : "created" });
    }
  });
}

/** What another chat began stays in the archive as long as that does. */
async function refuseOrphan(tx: Tx, family: Awaited<ReturnType<typeof readChats>>, archived: boolean): Promise<void> {
  const [only] = family;
  if (archived || family.length !== 1 || only === undefined || only.root_chat_id === null) return;
  const [root] = await readChats(tx, [only.root_chat_id]);
  if (root?.archived === true) {
    throw new ApiError("conflict", "The chat that began this one is archived: take that out of the archive.");
  }
}
