import { sql } from "kysely";
import { toHeldRole, type UserActor } from "../access/index.ts";
import {
  computed,
  defineStatement,
  orNull,
  sampleMs,
  stored,
  type Db,
  type Fragment,
  type RowOfShape,
} from "../ground/database/index.ts";
import { customRolesOf, groupIdsOf, type CustomRole } from "./held.ts";

/** On use, `last_used` and the expiry move at most this often. @see spec/api.md §2, "Sliding expiry" */
export const refreshEveryMs = 60 * 60_000;

/** A key with its user, and what both may do: what {@link keyOfUserColumns} selects. */
export const keyOfUserShape = {
  key_id: stored("api_keys.id"),
  user_id: stored("api_keys.user_id"),
  scopes: stored("api_keys.scopes"),
  allow_list: stored("api_keys.allow_list"),
  username: stored("users.username"),
  status: stored("users.status"),
  deleted: stored("users.deleted"),
  roles: stored("users.roles"),
  organization_roles: orNull(computed.json<Record<string, string[]>>()),
  custom_roles: computed.json<CustomRole[]>(),
  group_ids: computed.uuids,
} as const;
export type KeyOfUserRow = RowOfShape<typeof keyOfUserShape>;

/** The columns of {@link keyOfUserShape} where keys are `k` and users `u`. */
export const keyOfUserColumns: Fragment = sql`k.id as key_id, k.user_id, k.scopes, k.allow_list, u.username, u.status, u.deleted, u.roles,
  (select jsonb_object_agg(m.organization_id, m.roles) from organization_members m where m.user_id = u.id) as organization_roles,
  ${customRolesOf("u")} as custom_roles, ${groupIdsOf("u")} as group_ids`;

/** Who asks with the key: its user with the roles that everyone has besides its own. Pure. */
export function toUserActor(row: KeyOfUserRow): UserActor {
  return {
    kind: "user",
    userId: row.user_id,
    username: row.username,
    roles: [...row.roles, "member"],
    organizationRoles: new Map(
      Object.entries(row.organization_roles ?? {}).map(([id, roles]) => [id, [...roles, "organization-member"]]),
    ),
    customRoles: row.custom_roles.flatMap((role) => toHeldRole(role) ?? []),
    groupIds: row.group_ids,
    keyId: row.key_id,
    scopes: row.scopes,
    allowList: row.allow_list,
  };
}

const refresh = defineStatement({
  name: "identity.refresh_keys",
  columns: {},
  samples: [{ keyIds: ["key"], nowMs: sampleMs }],
  build({ keyIds, nowMs }: { keyIds: readonly string[]; nowMs: number }) {
    const now = new Date(nowMs);
    return sql`
      with used as (
        update api_keys set last_used = ${now}, updated_at = ${now}, expires_at = ${now}::timestamptz + make_interval(secs => lifetime_seconds)
        where id = any(${[...keyIds]}::text[]) and expires_at > ${now} -- one that was ended meanwhile stays so
        returning user_id
      )
      update users set last_seen_at = ${now}, status = case when status = 'dormant' then 'active' else status end
      where id in (select user_id from used)`;
  },
});

/** Keys that are used: each lives on for its whole lifetime from now, and its user was seen. */
export async function refreshKeys(db: Db, keyIds: readonly string[], nowMs: number): Promise<void> {
  await refresh.run(db, { keyIds, nowMs });
}
