import type { Granted, GrantedWithin, Thing } from "../access/index.ts";
import { defineQuery, sampleId, sampleMs, type Db, type Tx } from "../ground/database/index.ts";
import type { KeyRow } from "./keys.ts";

export async function findKey(db: Db, id: string): Promise<KeyRow | undefined> {
  return await db.selectFrom("api_keys").selectAll().where("id", "=", id).executeTakeFirst();
}

export async function findKeyByName(db: Db, by: { userId: string; name: string }): Promise<KeyRow | undefined> {
  return await db
    .selectFrom("api_keys")
    .selectAll()
    .where("user_id", "=", by.userId)
    .where("token_name", "=", by.name)
    .executeTakeFirst();
}

/** A key ends: nobody gets in with it any more. */
export async function deleteKey(db: Db | Tx, granted: Granted<"api_key:delete", Thing>): Promise<void> {
  await db.deleteFrom("api_keys").where("id", "=", granted.object.id).execute();
}

/** The same, but the key is still listed. */
export async function expireKey(db: Db | Tx, granted: Granted<"api_key:update", Thing>, nowMs: number): Promise<void> {
  const now = new Date(nowMs);
  await db
    .updateTable("api_keys")
    .set({ expires_at: now, updated_at: now })
    .where("id", "=", granted.object.id)
    .execute();
}

interface Wanted {
  /** Undefined: of everybody. */
  readonly ownerId: string | undefined;
  /** Those within reach; undefined: all. */
  readonly ids: readonly string[] | undefined;
  /** Undefined: also those that are over. */
  readonly livingAt: Date | undefined;
}

const findTokens = defineQuery({
  name: "identity.list_tokens",
  // Of everybody is for an owner of the deployment alone.
  mayScan: ["api_keys", "users"],
  samples: [
    { ownerId: sampleId, ids: ["key"], livingAt: new Date(sampleMs) },
    { ownerId: undefined, ids: undefined, livingAt: undefined },
  ],
  build(db, { ownerId, ids, livingAt }: Wanted) {
    let query = db
      .selectFrom("api_keys")
      .innerJoin("users", "users.id", "api_keys.user_id")
      .selectAll("api_keys")
      .select("users.username")
      .where("api_keys.login_type", "=", "token")
      .orderBy("api_keys.created_at");
    if (ownerId !== undefined) query = query.where("api_keys.user_id", "=", ownerId);
    if (ids !== undefined) query = query.where("api_keys.id", "in", [...ids]);
    if (livingAt !== undefined) query = query.where("api_keys.expires_at", ">", livingAt);
    return query;
  },
});

/** Tokens by age: of the user in whom they were granted, or, for an owner of the deployment who asks so, of everybody. */
export async function listTokens(
  db: Db,
  granted: GrantedWithin<"api_key:read", { readonly ownerId: string }>,
  filter: { readonly ofEverybody: boolean; readonly includeExpired: boolean; readonly nowMs: number },
): Promise<(KeyRow & { username: string })[]> {
  const { ids, container } = granted;
  if (ids?.length === 0) return [];
  return await findTokens(db, {
    ids,
    ownerId: filter.ofEverybody ? undefined : container.ownerId,
    livingAt: filter.includeExpired ? undefined : new Date(filter.nowMs),
  }).execute();
}
