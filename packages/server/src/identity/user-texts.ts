import { sql } from "kysely";
import type { Fragment } from "../ground/database/index.ts";

// Parts of statements that have users as `u`.

/** The pool's own user is nobody's colleague. */
export const isShown: Fragment = sql`not u.deleted and not u.is_system`;

/** Part of the username, the e-mail address or the name, in any letter case. */
export function isLike(search: string): Fragment {
  const pattern = patternOf(search);
  return sql`(lower(u.username) like ${pattern} or lower(u.email) like ${pattern} or lower(u.name) like ${pattern})`;
}

/** The same of what a list of members looks at. */
export function isLikeMember(search: string): Fragment {
  const pattern = patternOf(search);
  return sql`(lower(u.username) like ${pattern} or lower(u.email) like ${pattern})`;
}

/** No limit, or 0, is all. */
export function pageOf({ limit, offset }: { limit?: number | undefined; offset?: number | undefined }): Fragment {
  return sql`${limit === undefined || limit === 0 ? sql`` : sql`limit ${limit}`} offset ${offset ?? 0}`;
}

/** A query of the ids of those who have or had this username, in lower case. */
export function idsOfUsername(username: string): Fragment {
  return sql`select u.id from users u where lower(u.username) = ${username}`;
}

/** A query of the ids of the deployment's owners who can act. */
export const idsOfOwners: Fragment = sql`select u.id from users u where 'owner' = any(u.roles) and u.status = 'active' and not u.deleted`;

function patternOf(search: string): string {
  return `%${search.toLowerCase().replace(/[\\%_]/g, "\\$&")}%`;
}
