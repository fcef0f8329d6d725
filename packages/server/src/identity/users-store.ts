import { randomUUID } from "node:crypto";
import { notFoundMessage, toPredicate, type Granted, type GrantedList } from "../access/index.ts";
import { sql, type Selectable } from "kysely";
import { ApiError } from "@hearth/sdk";
import {
  allColumns,
  computed,
  defineQuery,
  defineStatement,
  sampleId,
  sampleMs,
  violatedUnique,
  type Db,
  type Fragment,
  type RowOfShape,
  type Tables,
  type Tx,
} from "../ground/database/index.ts";
import { isLike, isShown, pageOf } from "./user-texts.ts";

export type UserRow = Selectable<Tables["users"]>;

const userColumns = allColumns("users");
const shape = { ...userColumns.shape, organization_ids: computed.uuids } as const;
/** With the ids of the organizations that the user is in, sorted by name. */
export type UserWithOrganizations = RowOfShape<typeof shape>;

/** The columns of `users u` with those ids. */
const columns: Fragment = sql`${userColumns.of("u")},
  coalesce((select array_agg(m.organization_id order by o.name) from organization_members m
    join organizations o on o.id = m.organization_id where m.user_id = u.id), '{}') as organization_ids`;

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

type UserKey = { readonly id: string } | { readonly username: string };

const find = defineStatement({
  name: "identity.find_user",
  columns: shape,
  samples: [{ by: { id: sampleId } }, { by: { username: "ada" } }],
  build: ({ by }: { by: UserKey }) => sql`
    select ${columns} from users u
    where not u.deleted and ${"id" in by ? sql`u.id = ${by.id}` : sql`lower(u.username) = ${by.username.toLowerCase()}`}`,
});

/** By id or, in any letter case, by username; deleted ones are not found. */
export async function findUser(db: Db | Tx, by: UserKey): Promise<UserWithOrganizations | undefined> {
  return await find.first(db, { by });
}

/** The same of somebody who is known to be there. @throws ApiError `not_found` for one who is gone meanwhile */
export async function readUser(db: Db, id: string): Promise<UserWithOrganizations> {
  const user = await findUser(db, { id });
  if (user === undefined) throw new ApiError("not_found", notFoundMessage);
  return user;
}

const findInOrganization = defineStatement({
  name: "identity.find_users_of_organization",
  columns: shape,
  samples: [{ organizationId: sampleId, ids: [sampleId] }],
  build: ({ organizationId, ids }: { organizationId: string; ids: readonly string[] }) => sql`
    select ${columns} from users u join organization_members member on member.user_id = u.id
    where not u.deleted and u.id = any(${[...ids]}::uuid[]) and member.organization_id = ${organizationId}
    order by u.username`,
});

/** Those of these users who are in the organization, by username. */
export async function findUsersOfOrganization(
  db: Db | Tx,
  organizationId: string,
  ids: readonly string[],
): Promise<UserWithOrganizations[]> {
  return ids.length === 0 ? [] : await findInOrganization.all(db, { organizationId, ids });
}

/** What is shown of these users beside what they made, by id; deleted ones too. */
export async function findShownUsers(
  db: Db | Tx,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Pick<UserRow, "id" | "username" | "name" | "avatar_url">>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom("users")
    .select(["id", "username", "name", "avatar_url"])
    .where("id", "in", [...ids])
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

const findByEmail = defineQuery({
  name: "identity.find_user_by_email",
  samples: [{ email: "ada@example.com" }],
  build: (db, { email }: { email: string }) =>
    db
      .selectFrom("users")
      .selectAll()
      .where((eb) =>
        eb.and([eb.not("deleted"), eb.not("is_system"), eb(eb.fn<string>("lower", ["email"]), "=", email)]),
      ),
});

export async function findUserByEmail(db: Db, email: string): Promise<UserRow | undefined> {
  return await findByEmail(db, { email: email.trim().toLowerCase() }).executeTakeFirst();
}

/** Who logs in is there, also after a long time of not being. */
export async function markSeen(
  db: Db,
  { object }: Granted<"api_key:create", { readonly ownerId: string }>,
  nowMs: number,
): Promise<void> {
  await db
    .updateTable("users")
    .set({ last_seen_at: new Date(nowMs), status: "active" })
    .where("id", "=", object.ownerId)
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

interface Wanted {
  /** What the caller may see of `users u`. */
  readonly seen: Fragment;
  readonly filter: UserFilter;
}

const everybody: Fragment = sql`true`;
const samples: readonly Wanted[] = [
  { seen: everybody, filter: {} },
  {
    seen: everybody,
    filter: {
      search: "ada",
      statuses: ["active"],
      loginTypes: ["password"],
      roles: ["owner"],
      lastSeenAfter: new Date(sampleMs),
      lastSeenBefore: new Date(sampleMs),
      createdAfter: new Date(sampleMs),
      createdBefore: new Date(sampleMs),
      afterId: sampleId,
      limit: 25,
      offset: 25,
    },
  },
];

function matching({ seen, filter }: Wanted): Fragment {
  const conditions: Fragment[] = [isShown, seen];
  const add = (condition: Fragment) => conditions.push(condition);
  const { statuses = [], loginTypes = [], roles = [] } = filter;
  if (filter.search !== undefined && filter.search !== "") add(isLike(filter.search));
  if (statuses.length > 0) add(sql`u.status = any(${[...statuses]}::text[])`);
  if (loginTypes.length > 0) add(sql`u.login_type = any(${[...loginTypes]}::text[])`);
  if (roles.length > 0 && !roles.includes("member")) add(sql`u.roles && ${[...roles]}::text[]`);
  if (filter.lastSeenAfter !== undefined) add(sql`u.last_seen_at >= ${filter.lastSeenAfter}`);
  if (filter.lastSeenBefore !== undefined) add(sql`u.last_seen_at <= ${filter.lastSeenBefore}`);
  if (filter.createdAfter !== undefined) add(sql`u.created_at >= ${filter.createdAfter}`);
  if (filter.createdBefore !== undefined) add(sql`u.created_at <= ${filter.createdBefore}`);
  if (filter.afterId !== undefined) {
    add(sql`(lower(u.username), u.id) > (select lower(a.username), a.id from users a where a.id = ${filter.afterId})`);
  }
  return sql`from users u where ${sql.join(conditions, sql` and `)}`;
}

const count = defineStatement({
  name: "identity.count_users",
  columns: { count: computed.number },
  // Everyone there is may be asked for.
  mayScan: ["users"],
  samples,
  build: (wanted: Wanted) => sql`select count(*) as count ${matching(wanted)}`,
});

const findPage = defineStatement({
  name: "identity.find_page_of_users",
  columns: shape,
  mayScan: ["users"],
  samples,
  build: (wanted: Wanted) => sql`
    select ${columns} ${matching(wanted)} order by lower(u.username), u.id ${pageOf(wanted.filter)}`,
});

/** A page by username, with the count before `limit` and `offset`. */
export async function listUsers(
  db: Db,
  granted: GrantedList<"user:read">,
  filter: UserFilter,
): Promise<{ users: UserWithOrganizations[]; count: number }> {
  if (filter.matchesNobody === true) return { users: [], count: 0 };
  const userId = sql.ref("u.id");
  const wanted = { seen: toPredicate(granted, { id: userId, ownerId: userId }), filter };
  const counted = await count.first(db, wanted);
  return { users: await findPage.all(db, wanted), count: counted?.count ?? 0 };
}
