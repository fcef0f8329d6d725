import { randomUUID } from "node:crypto";
import { prebuildsUserId } from "@hearth/sdk";
import type { Granted } from "../../access/index.ts";
import type { Db } from "../../ground/database/index.ts";

/** @see spec/prebuilds.md §13 */
const poolGroup = { name: "coderprebuiltworkspaces", display_name: "Prebuilt Workspaces" };

/** Those of the organizations in which the pools' own user is not yet in its group. */
export async function organizationsWithoutPoolMember(db: Db, organizationIds: readonly string[]): Promise<string[]> {
  if (organizationIds.length === 0) return [];
  const rows = await db
    .selectFrom("organizations as o")
    .select("o.id")
    .where("o.id", "in", [...organizationIds])
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom("group_members as m")
            .innerJoin("groups as g", "g.id", "m.group_id")
            .select("m.group_id")
            .whereRef("m.organization_id", "=", "o.id")
            .where("m.user_id", "=", prebuildsUserId)
            .where((g) => g(g.fn<string>("lower", ["g.name"]), "=", poolGroup.name)),
        ),
      ),
    )
    .execute();
  return rows.map(({ id }) => id);
}

/**
 * Makes the pools' own user a member of the organization and of its group there, whose allowance is what pools may cost
 * beside that of everyone. What is there stays as it is; what somebody else makes at the same time is taken.
 */
export async function addPoolMember(
  db: Db,
  { object: { organizationId } }: Granted<"organization_member:create", { readonly organizationId: string }>,
  nowMs: number,
): Promise<void> {
  const now = new Date(nowMs);
  const times = { created_at: now, updated_at: now };
  await db
    .insertInto("organization_members")
    .values({ organization_id: organizationId, user_id: prebuildsUserId, roles: [], ...times })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await db
    .insertInto("groups")
    .values({ id: randomUUID(), organization_id: organizationId, quota_allowance: 0, ...poolGroup, ...times })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  // Read, not remembered: it may be that of whoever came first.
  const { id } = await db
    .selectFrom("groups")
    .select("id")
    .where("organization_id", "=", organizationId)
    .where((where) => where(where.fn<string>("lower", ["name"]), "=", poolGroup.name))
    .executeTakeFirstOrThrow();
  await db
    .insertInto("group_members")
    .values({ group_id: id, organization_id: organizationId, user_id: prebuildsUserId, created_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
