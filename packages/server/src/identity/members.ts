import { sql } from "kysely";
import { ApiError } from "@hearth/sdk";
import { notFoundMessage, type Granted, type GrantedWithin } from "../access/index.ts";
import type { Db, Tx } from "../ground/database/index.ts";
import type { MemberRow } from "./to-api.ts";

/** What permissions on a membership are asked for: it has its user's id. */
export interface MemberObject {
  readonly id: string;
  readonly organizationId: string;
}

/** @throws ApiError `not_found` when the user is no member */
export async function findMember(db: Db | Tx, { id, organizationId }: MemberObject): Promise<MemberRow> {
  const { members } = await selectMembers(db, organizationId, { userId: id });
  const [member] = members;
  if (member === undefined) throw new ApiError("not_found", notFoundMessage);
  return member;
}

export interface MemberFilter {
  readonly search?: string | undefined;
  readonly afterId?: string | undefined;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

/** A page of the organization's members by username; the pool's own user is none of them. */
export async function listMembers(
  db: Db,
  granted: GrantedWithin<
    "organization_member:read" | "organization_member:update",
    { readonly organizationId: string }
  >,
  filter: MemberFilter,
): Promise<{ members: MemberRow[]; count: number }> {
  return await selectMembers(db, granted.container.organizationId, { ...filter, ids: granted.ids });
}

/** @throws ApiError `not_found` when the user is no member any more */
export async function removeMember(
  db: Db | Tx,
  { object }: Granted<"organization_member:delete", MemberObject>,
): Promise<void> {
  const gone = await db
    .deleteFrom("organization_members")
    .where("organization_id", "=", object.organizationId)
    .where("user_id", "=", object.id)
    .returning("user_id")
    .executeTakeFirst();
  if (gone === undefined) throw new ApiError("not_found", notFoundMessage);
}

async function selectMembers(
  db: Db | Tx,
  organizationId: string,
  filter: MemberFilter & { readonly userId?: string; readonly ids?: readonly string[] | undefined },
): Promise<{ members: MemberRow[]; count: number }> {
  let query = db
    .selectFrom("organization_members as m")
    .innerJoin("users as u", "u.id", "m.user_id")
    .where("m.organization_id", "=", organizationId)
    .where("u.deleted", "=", false)
    .where("u.is_system", "=", false);
  if (filter.userId !== undefined) query = query.where("u.id", "=", filter.userId);
  if (filter.ids !== undefined) query = query.where(sql<boolean>`u.id::text = any(${[...filter.ids]}::text[])`);
  if (filter.search !== undefined && filter.search !== "") {
    const pattern = `%${filter.search.toLowerCase().replace(/[\\%_]/g, "\\$&")}%`;
    query = query.where(sql<boolean>`(lower(u.username) like ${pattern} or lower(u.email) like ${pattern})`);
  }
  if (filter.afterId !== undefined) {
    query = query.where(
      sql<boolean>`lower(u.username) > (select lower(a.username) from users a where a.id = ${filter.afterId})`,
    );
  }
  const { count } = await query.select(sql<number>`count(*)::int`.as("count")).executeTakeFirstOrThrow();
  let page = query
    .selectAll("u")
    .select([
      "m.organization_id",
      "m.roles as member_roles",
      "m.created_at as member_created_at",
      "m.updated_at as member_updated_at",
      sql<string[]>`'{}'::uuid[]`.as("organization_ids"),
    ])
    .orderBy(sql`lower(u.username)`)
    .offset(filter.offset ?? 0);
  if (filter.limit !== undefined && filter.limit > 0) page = page.limit(filter.limit);
  return { members: await page.execute(), count };
}
