import { sql } from "kysely";
import { toHeldRole, type CustomRoleRow, type UserActor } from "../access/index.ts";
import type { Db } from "../ground/database/index.ts";
import { customRolesOf, groupIdsOf } from "./held.ts";
import type { UserRow } from "./users-store.ts";

/** On use, `last_used` and the expiry move at most this often. @see spec/api.md §2, "Sliding expiry" */
export const refreshEveryMs = 60 * 60_000;

/** A key with its user, and what both may do. */
export interface KeyOfUserRow {
  readonly key_id: string;
  readonly user_id: string;
  readonly scopes: string[];
  readonly allow_list: string[];
  readonly username: string;
  readonly status: UserRow["status"];
  readonly deleted: boolean;
  readonly roles: string[];
  readonly organization_roles: Record<string, string[]> | null;
  readonly custom_roles: CustomRoleRow[];
  readonly group_ids: string[];
}

/** The columns of {@link KeyOfUserRow} where keys are `k` and users `u`. */
export const keyOfUserColumns = sql`k.id as key_id, k.user_id, k.scopes, k.allow_list, u.username, u.status, u.deleted, u.roles,
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

/** Keys that are used: each lives on for its whole lifetime from now, and its user was seen. */
export async function refreshKeys(db: Db, keyIds: readonly string[], nowMs: number): Promise<void> {
  const now = new Date(nowMs);
  await sql`
    with used as (
      update api_keys set last_used = ${now}, updated_at = ${now}, expires_at = ${now}::timestamptz + make_interval(secs => lifetime_seconds)
      where id = any(${[...keyIds]}::text[]) and expires_at > ${now} -- one that was ended meanwhile stays so
      returning user_id
    )
    update users set last_seen_at = ${now}, status = case when status = 'dormant' then 'active' else status end
    where id in (select user_id from used)`.execute(db);
}
