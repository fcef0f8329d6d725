import { sql, type Selectable } from "kysely";
import { ApiError } from "@hearth/sdk";
import { violatedUnique, type Db, type Tables, type Tx } from "../ground/database/index.ts";
import { findUuid } from "../ground/http/index.ts";
import {
  authorize,
  can,
  notFoundMessage,
  toPredicate,
  type Context,
  type Granted,
  type GrantedList,
  type Thing,
} from "../access/index.ts";

export type OrganizationRow = Selectable<Tables["organizations"]>;
export type FoundOrganization = OrganizationRow & { readonly granted: Granted<"organization:read", Thing> };

/** The organization of this id, name, or the word `default`. @throws ApiError `not_found`, also when it is not the caller's */
export async function getOrganization(ctx: Context, db: Db | Tx, idOrName: string): Promise<FoundOrganization> {
  const id = findUuid(idOrName);
  let query = db.selectFrom("organizations").selectAll();
  if (id !== undefined) query = query.where("id", "=", id);
  else if (idOrName === "default") query = query.where("is_default", "=", true);
  else query = query.where((eb) => eb(eb.fn<string>("lower", ["name"]), "=", idOrName.toLowerCase()));
  const row = await query.executeTakeFirst();
  if (row === undefined) throw new ApiError("not_found", notFoundMessage);
  return { ...row, granted: authorize(ctx, "organization:read", { id: row.id, organizationId: row.id }) };
}

/** Of the same no more than its id: one whose member the caller is is there. @throws ApiError `not_found` */
export async function resolveOrganizationId(ctx: Context, db: Db, idOrName: string): Promise<string> {
  const { actor } = ctx;
  const id = findUuid(idOrName);
  const isMember = id !== undefined && actor.kind === "user" && actor.organizationRoles.has(id);
  if (isMember && can(ctx, "organization:read", { id, organizationId: id })) return id;
  return (await getOrganization(ctx, db, idOrName)).id;
}

/** The id of the organization of this id or name, in any letter case; undefined when there is none. */
export async function findOrganizationId(db: Db | Tx, idOrName: string): Promise<string | undefined> {
  const id = findUuid(idOrName);
  const row = await db
    .selectFrom("organizations")
    .select("id")
    .where((eb) =>
      id === undefined ? eb(eb.fn<string>("lower", ["name"]), "=", idOrName.toLowerCase()) : eb("id", "=", id),
    )
    .executeTakeFirst();
  return row?.id;
}

export async function getDefaultOrganization(db: Db | Tx): Promise<OrganizationRow> {
  return await db.selectFrom("organizations").selectAll().where("is_default", "=", true).executeTakeFirstOrThrow();
}

/** Those in reach, by name. */
export async function listOrganizations(db: Db, granted: GrantedList<"organization:read">): Promise<OrganizationRow[]> {
  const id = sql.ref("id");
  return await db
    .selectFrom("organizations")
    .selectAll()
    .where(toPredicate(granted, { id, organizationId: id }))
    .orderBy("name")
    .execute();
}

export async function listOrganizationsOfUser(db: Db, userId: string): Promise<OrganizationRow[]> {
  return await db
    .selectFrom("organizations")
    .innerJoin("organization_members", "organization_members.organization_id", "organizations.id")
    .selectAll("organizations")
    .where("organization_members.user_id", "=", userId)
    .orderBy("organizations.name")
    .execute();
}

/** The roles that the user has in each of its organizations. */
export async function listRolesOfMember(db: Db | Tx, userId: string): Promise<ReadonlyMap<string, string[]>> {
  const rows = await db
    .selectFrom("organization_members")
    .select(["organization_id", "roles"])
    .where("user_id", "=", userId)
    .execute();
  return new Map(rows.map((row) => [row.organization_id, row.roles]));
}

/** @throws ApiError `precondition_failed` when the user is a member already */
export async function addMember(
  db: Db | Tx,
  /** A new user comes with its memberships. */
  _granted: Granted<"organization_member:create", { readonly organizationId: string }> | Granted<"user:create">,
  member: { organizationId: string; userId: string; roles?: readonly string[]; nowMs: number },
): Promise<void> {
  const now = new Date(member.nowMs);
  try {
    await db
      .insertInto("organization_members")
      .values({
        organization_id: member.organizationId,
        user_id: member.userId,
        roles: [...(member.roles ?? [])],
        created_at: now,
        updated_at: now,
      })
      .execute();
  } catch (error) {
    if (violatedUnique(error) !== "organization_members_pkey") throw error;
    throw new ApiError("precondition_failed", "User is already an organization member", { cause: error });
  }
}
