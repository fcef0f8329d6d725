import { randomUUID } from "node:crypto";
import { notFoundMessage, toPredicate, type Granted, type GrantedList } from "../access/index.ts";
import { sql, type Selectable } from "kysely";
import { ApiError } from "@hearth/sdk";
import { violatedUnique, type Db, type Tables, type Tx } from "../ground/database/index.ts";

export type UserRow = Selectable<Tables["users"]>;
/** With the ids of the organizations that the user is in, sorted by name. */
export type UserWithOrganizations = UserRow & { organization_ids: string[] };

const withOrganizations = sql<
  string[]
>`coalesce((select array_agg(m.organization_id order by o.name) from organization_members m
  join organizations o on o.id = m.organization_id where m.user_id = users.id), '{}')`;

export interface NewUser {
  readonly username: string;
  readonly name: string;
  readonly email: string;
  readonly passwordHash: string | undefined;
  readonly loginType: UserRow["login_type"];
  readonly status: UserRow["status"];
  readonly roles: readonly string[];
  readonly nowMs: number;
}

/** @throws ApiError `name_taken` naming the field, username or email */
export async function insertUser(tx: Tx, _granted: Granted<"user:create">, user: NewUser): Promise<UserRow> {
  const now = new Date(user.nowMs);
  try {
    return await tx
      .insertInto("users")
      .values({
        id: randomUUID(),
        username: user.username,
        name: user.name,
        email: user.email,
        password_hash: user.passwordHash ?? null,
        login_type: user.loginType,
        status: user.status,
        roles: [...user.roles],
        created_at: now,
        updated_at: now,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
  } catch (error) {
    throw asNameTaken(error);
  }
}

/** What a unique index of `users` says, in words; any other error as it is. */
export function asNameTaken(error: unknown): unknown {
  const constraint = violatedUnique(error);
  if (constraint !== "users_username_key" && constraint !== "users_email_key") return error;
  const field = constraint === "users_username_key" ? "username" : "email";
  return new ApiError("name_taken", "User already exists.", {
    cause: error,
    validations: [{ field, detail: "This value is already in use and should be unique." }],
  });
}

/** By id or, in any letter case, by username; deleted ones are not found. */
export async function findUser(
  db: Db | Tx,
  by: { id: string } | { username: string },
): Promise<UserWithOrganizations | undefined> {
  let query = db
    .selectFrom("users")
    .selectAll("users")
    .select(withOrganizations.as("organization_ids"))
    .where("deleted", "=", false);
  if ("id" in by) query = query.where("users.id", "=", by.id);
  else query = query.where(sql`lower(username)`, "=", by.username.toLowerCase());
  return await query.executeTakeFirst();
}

/** The same of somebody who is known to be there. @throws ApiError `not_found` for one who is gone meanwhile */
export async function readUser(db: Db, id: string): Promise<UserWithOrganizations> {
  const user = await findUser(db, { id });
  if (user === undefined) throw new ApiError("not_found", notFoundMessage);
  return user;
}

/** Those of these users who are in the organization, by username. */
export async function findUsersOfOrganization(
  db: Db | Tx,
  organizationId: string,
  ids: readonly string[],
): Promise<UserWithOrganizations[]> {
  if (ids.length === 0) return [];
  return await db
    .selectFrom("users")
    .innerJoin("organization_members as member", "member.user_id", "users.id")
    .selectAll("users")
    .select(withOrganizations.as("organization_ids"))
    .where("users.deleted", "=", false)
    .where("users.id", "in", [...ids])
    .where("member.organization_id", "=", organizationId)
    .orderBy("users.username")
    .execute();
}

export async function findUserByEmail(db: Db, email: string): Promise<UserRow | undefined> {
  return await db
    .selectFrom("users")
    .selectAll()
    .where("deleted", "=", false)
    .where("is_system", "=", false)
    .where(sql`lower(email)`, "=", email.trim().toLowerCase())
    .executeTakeFirst();
}

/** Who logs in is there, also after a long time of not being. */
export async function markSeen(db: Db, userId: string, nowMs: number): Promise<void> {
  await db
    .updateTable("users")
    .set({ last_seen_at: new Date(nowMs), status: "active" })
    .where("id", "=", userId)
    .execute();
}

export interface UserFilter {
  /** Something is asked for that no user has. */
  readonly matchesNobody?: boolean | undefined;
  readonly search?: string | undefined;
  readonly statuses?: readonly UserRow["status"][] | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly loginTypes?: readonly UserRow["login_type"][] | undefined;
  readonly lastSeenAfter?: Date | undefined;
  readonly lastSeenBefore?: Date | undefined;
  readonly createdAfter?: Date | undefined;
  readonly createdBefore?: Date | undefined;
  readonly afterId?: string | undefined;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

/** A page by username, with the count before `limit` and `offset`. */
export async function listUsers(
  db: Db,
  granted: GrantedList<"user:read">,
  filter: UserFilter,
): Promise<{ users: UserWithOrganizations[]; count: number }> {
  if (filter.matchesNobody === true) return { users: [], count: 0 };
  const userId = sql.ref("users.id");
  let query = db
    .selectFrom("users")
    .where("deleted", "=", false)
    .where("is_system", "=", false)
    .where(toPredicate(granted, { id: userId, ownerId: userId }));
  if (filter.search !== undefined && filter.search !== "") {
    const pattern = `%${filter.search.toLowerCase().replace(/[\\%_]/g, "\\$&")}%`;
    query = query.where((where) =>
      where.or([
        where(sql`lower(username)`, "like", pattern),
        where(sql`lower(email)`, "like", pattern),
        where(sql`lower(users.name)`, "like", pattern),
      ]),
    );
  }
  if (filter.statuses !== undefined && filter.statuses.length > 0)
    query = query.where("status", "in", [...filter.statuses]);
  if (filter.loginTypes !== undefined && filter.loginTypes.length > 0) {
    query = query.where("login_type", "in", [...filter.loginTypes]);
  }
  if (filter.roles !== undefined && filter.roles.length > 0 && !filter.roles.includes("member")) {
    query = query.where(sql<boolean>`roles && ${[...filter.roles]}::text[]`);
  }
  if (filter.lastSeenAfter !== undefined) query = query.where("last_seen_at", ">=", filter.lastSeenAfter);
  if (filter.lastSeenBefore !== undefined) query = query.where("last_seen_at", "<=", filter.lastSeenBefore);
  if (filter.createdAfter !== undefined) query = query.where("users.created_at", ">=", filter.createdAfter);
  if (filter.createdBefore !== undefined) query = query.where("users.created_at", "<=", filter.createdBefore);
  if (filter.afterId !== undefined) {
    query = query.where(
      sql<boolean>`(lower(username), users.id) > (select lower(a.username), a.id from users a where a.id = ${filter.afterId})`,
    );
  }
  const { count } = await query.select(sql<number>`count(*)::int`.as("count")).executeTakeFirstOrThrow();
  let page = query
    .selectAll("users")
    .select(withOrganizations.as("organization_ids"))
    .orderBy(sql`lower(username)`)
    .orderBy("users.id")
    .offset(filter.offset ?? 0);
  if (filter.limit !== undefined && filter.limit > 0) page = page.limit(filter.limit);
  return { users: await page.execute(), count };
}
