import type { Context, Granted, Thing } from "../access/index.ts";
import { recordCredentialChange } from "../audit/index.ts";
import { afterCommit, transaction } from "../ground/database/index.ts";
import { announceAccessChanged } from "./access-changed.ts";
import { deleteKey, expireKey } from "./keys-store.ts";
import { insertKey, type KeyRow, type NewKey } from "./keys.ts";
import type { UserWriteDeps } from "./user-writes.ts";

// Keys that somebody makes or ends by name, not by logging in and out: each with its record, in one transaction.

/** Makes a key; its clear text is given once. @throws what the unique index of token names says */
export async function createToken(
  ctx: Context,
  { db, clock, pubsub }: UserWriteDeps,
  granted: Granted<"api_key:create", { readonly ownerId: string }>,
  given: Omit<NewKey, "nowMs">,
): Promise<string> {
  return await transaction(ctx, db, { name: "create_token", clock }, async (tx) => {
    const nowMs = clock.now();
    const { key, row } = await insertKey(tx, granted, { ...given, nowMs });
    await recordCredentialChange(tx, pubsub, { action: "token_created", ...credentialOf(row), nowMs });
    return key;
  });
}

/** Nobody gets in with it any more, and who has is shown out. */
export async function deleteToken(
  ctx: Context,
  { db, clock, pubsub }: UserWriteDeps,
  granted: Granted<"api_key:delete", Thing>,
  row: KeyRow,
): Promise<void> {
  await transaction(ctx, db, { name: "delete_token", clock }, async (tx) => {
    await deleteKey(tx, granted);
    await recordCredentialChange(tx, pubsub, { action: "token_deleted", ...credentialOf(row), nowMs: clock.now() });
    afterCommit(tx, () => announceAccessChanged(pubsub, row.user_id));
  });
}

/** The same, but it is still listed. */
export async function expireToken(
  ctx: Context,
  { db, clock, pubsub }: UserWriteDeps,
  granted: Granted<"api_key:update", Thing>,
  row: KeyRow,
): Promise<void> {
  await transaction(ctx, db, { name: "expire_token", clock }, async (tx) => {
    const nowMs = clock.now();
    await expireKey(tx, granted, nowMs);
    await recordCredentialChange(tx, pubsub, { action: "token_expired", ...credentialOf(row), nowMs });
    afterCommit(tx, () => announceAccessChanged(pubsub, row.user_id));
  });
}

function credentialOf({ id, token_name: name, user_id: userId }: KeyRow) {
  return { user: { id: userId }, credential: { id, name } };
}
