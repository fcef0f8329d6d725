import { sql } from "kysely";
import type { UserActor } from "../access/index.ts";
import { defineStatement, sampleId, stored, type Db } from "../ground/database/index.ts";
import { keyOfUserShape, toUserActor } from "./actor-of-key.ts";
import { customRolesOf, groupIdsOf } from "./held.ts";

const { key_id: _key, scopes: _scopes, allow_list: _list, user_id: _user, ...rolesShape } = keyOfUserShape;

const find = defineStatement({
  name: "identity.find_user_actor",
  columns: { ...rolesShape, user_id: stored("users.id") },
  samples: [{ userId: sampleId }],
  build: ({ userId }: { userId: string }) => sql`
    select u.id as user_id, u.username, u.status, u.deleted, u.roles,
      (select jsonb_object_agg(m.organization_id, m.roles) from organization_members m where m.user_id = u.id) as organization_roles,
      ${customRolesOf("u")} as custom_roles, ${groupIdsOf("u")} as group_ids
    from users u where u.id = ${userId} and not u.deleted and u.status <> 'suspended'`,
});

/**
 * Somebody for whom the server carries on what they began, with the rights that they have now and no key; undefined for
 * whoever may not come in any more.
 */
export async function findUserActor(db: Db, userId: string): Promise<UserActor | undefined> {
  const row = await find.first(db, { userId });
  return row && toUserActor({ ...row, key_id: "", scopes: ["coder:all"], allow_list: ["*:*"] });
}
