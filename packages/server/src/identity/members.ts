import { sql } from "kysely";
import type { Clock } from "@hearth/base";
import { ApiError } from "@hearth/sdk";
import { notFoundMessage, type Context, type Granted, type GrantedWithin } from "../access/index.ts";
import {
  afterCommit,
  allColumns,
  computed,
  defineStatement,
  sampleId,
  stored,
  transaction,
  type Db,
  type Fragment,
  type Tx,
} from "../ground/database/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { announceAccessChanged } from "./access-changed.ts";
import { lockMember } from "./lock-outranked.ts";
import { requireRank } from "./rank.ts";
import { isLikeMember, isShown, pageOf } from "./user-texts.ts";

/** What permissions on a membership are asked for: it has its user's id. */
export interface MemberObject {
  readonly id: string;
  readonly organizationId: string;
}

/** @throws ApiError `not_found` when the user is no member */
export async function findMember(db: Db | Tx, { id, organizationId }: MemberObject): Promise<MemberRow> {
  const member = await findPage.first(db, { organizationId, userId: id });
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
  return await selectMembers(db, { ...filter, organizationId: granted.container.organizationId, ids: granted.ids });
}

/**
 * Takes a user out of an organization: its roles, groups and places on access lists there go with the membership (the
 * database takes them away), and what it holds open is decided again.
 * @throws ApiError `not_found` when the user is no member any more, `forbidden` for roles that give more than those of who asks
 */
export async function removeMember(
  ctx: Context,
  { db, clock, pubsub }: { readonly db: Db; readonly clock: Clock; readonly pubsub: PubSub },
  { object }: Granted<"organization_member:delete", MemberObject>,
): Promise<void> {
  await transaction(ctx, db, { name: "remove_member", clock }, async (tx) => {
    const { roles } = await lockMember(tx, object);
    requireRank(ctx, { organizations: new Map([[object.organizationId, roles]]) });
    await tx
      .deleteFrom("organization_members")
      .where("organization_id", "=", object.organizationId)
      .where("user_id", "=", object.id)
      .execute();
    afterCommit(tx, () => announceAccessChanged(pubsub, object.id));
  });
}

interface Wanted extends MemberFilter {
  readonly organizationId: string;
  readonly userId?: string | undefined;
  /** Those within reach, as a key's list has them: texts, of which some may name no user; undefined: all. */
  readonly ids?: readonly string[] | undefined;
}

const samples: readonly Wanted[] = [
  { organizationId: sampleId },
  { organizationId: sampleId, userId: sampleId },
  { organizationId: sampleId, search: "ada", afterId: sampleId, ids: [sampleId], limit: 25, offset: 25 },
];

function matching({ organizationId, userId, ids, search, afterId }: Wanted): Fragment {
  const conditions: Fragment[] = [sql`m.organization_id = ${organizationId}`, isShown];
  if (userId !== undefined) conditions.push(sql`u.id = ${userId}`);
  if (ids !== undefined) conditions.push(sql`u.id::text = any(${[...ids]}::text[])`);
  if (search !== undefined && search !== "") conditions.push(isLikeMember(search));
  if (afterId !== undefined) {
    conditions.push(sql`lower(u.username) > (select lower(a.username) from users a where a.id = ${afterId})`);
  }
  return sql`from organization_members m join users u on u.id = m.user_id where ${sql.join(conditions, sql` and `)}`;
}

const count = defineStatement({
  name: "identity.count_members",
  columns: { count: computed.number },
  // Everyone of an organization may be everyone there is.
  mayScan: ["users"],
  samples,
  build: (wanted: Wanted) => sql`select count(*) as count ${matching(wanted)}`,
});

const userColumns = allColumns("users");

const findPage = defineStatement({
  name: "identity.find_page_of_organization",
  columns: {
    ...userColumns.shape,
    organization_id: stored("organization_members.organization_id"),
    member_roles: stored("organization_members.roles"),
    member_created_at: stored("organization_members.created_at"),
    member_updated_at: stored("organization_members.updated_at"),
  },
  mayScan: ["users"],
  samples,
  build: (wanted: Wanted) => sql`
    select ${userColumns.of("u")}, m.organization_id, m.roles as member_roles, m.created_at as member_created_at,
      m.updated_at as member_updated_at
    ${matching(wanted)} order by lower(u.username) ${pageOf(wanted)}`,
});

/** A user with its membership. */
export type MemberRow = NonNullable<typeof findPage.row>;

async function selectMembers(db: Db | Tx, wanted: Wanted): Promise<{ members: MemberRow[]; count: number }> {
  const counted = await count.first(db, wanted);
  return { members: await findPage.all(db, wanted), count: counted?.count ?? 0 };
}
