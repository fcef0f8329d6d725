import type { Selectable } from "kysely";
import type { GrantedWithin } from "../../access/index.ts";
import { defineQuery, sampleId, type Db, type Tables } from "../../ground/database/index.ts";

export type SecretRow = Selectable<Tables["user_secrets"]>;

/** Without the value, as everything that is shown of a secret. */
export async function findSecret(
  db: Db,
  by: { readonly userId: string; readonly name: string },
): Promise<SecretRow | undefined> {
  return await db
    .selectFrom("user_secrets")
    .selectAll()
    .where("user_id", "=", by.userId)
    .where("name", "=", by.name)
    .executeTakeFirst();
}

const findSecrets = defineQuery({
  name: "identity.list_user_secrets",
  samples: [
    { userId: sampleId, ids: [sampleId] },
    { userId: sampleId, ids: undefined },
  ],
  build(db, { userId, ids }: { userId: string; ids: readonly string[] | undefined }) {
    const query = db.selectFrom("user_secrets").selectAll().where("user_id", "=", userId).orderBy("name");
    return ids === undefined ? query : query.where("id", "in", [...ids]);
  },
});

/** By name, of the user in whom they were granted. */
export async function listSecrets(
  db: Db,
  { ids, container }: GrantedWithin<"user_secret:read", { readonly ownerId: string }>,
): Promise<SecretRow[]> {
  return ids?.length === 0 ? [] : await findSecrets(db, { userId: container.ownerId, ids }).execute();
}
