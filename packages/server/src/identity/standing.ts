import { ApiError } from "@hearth/sdk";
import type { Context, Granted, Thing } from "../access/index.ts";
import { recordChange } from "../audit/index.ts";
import { afterCommit, transaction } from "../ground/database/index.ts";
import type { MemberObject } from "./members.ts";
import { announceAccessChanged } from "./access-changed.ts";
import { refuseWider, wholeUser } from "./credentials.ts";
import { lockMember, lockUser } from "./lock-outranked.ts";
import { requireRank, requireRankOver } from "./rank.ts";
import type { UserWriteDeps } from "./user-writes.ts";
import { readUser, type UserWithOrganizations } from "./users-store.ts";

// What a user may do, changed: whether whoever asks may, each change, its record and its announcement are one transaction.

/**
 * Gives a user these site roles in the place of all others; the right to give roles is on no user in particular. Resolves
 * with the user as it then is.
 * @throws ApiError `not_found` for one who is gone, `forbidden` for roles that give more than those of whoever asks, or
 *   than the key that asks
 */
export async function setSiteRoles(
  ctx: Context,
  { db, clock, pubsub }: UserWriteDeps,
  _granted: Granted<"assign_role:assign">,
  { userId, roles }: { readonly userId: string; readonly roles: readonly string[] },
): Promise<UserWithOrganizations> {
  const after = [...new Set(roles)];
  await transaction(ctx, db, { name: "set_site_roles", clock }, async (tx) => {
    const user = await lockUser(tx, userId);
    requireRank(ctx, { site: [...user.roles, ...after] });
    refuseGift(ctx, user.roles, after);
    const nowMs = clock.now();
    await tx
      .updateTable("users")
      .set({ roles: after, updated_at: new Date(nowMs) })
      .where("id", "=", userId)
      .execute();
    const { id, username, roles: before } = user;
    await recordChange(tx, pubsub, {
      action: "user_roles_changed",
      user: { id, username },
      before,
      after,
      nowMs,
    });
    afterCommit(tx, () => announceAccessChanged(pubsub, userId));
  });
  return await readUser(db, userId);
}

/** The same for the roles in an organization. @throws ApiError `not_found` for one who is no member of it, `forbidden` */
export async function setMemberRoles(
  ctx: Context,
  { db, clock, pubsub }: UserWriteDeps,
  { object: member }: Granted<"organization_member:update", MemberObject>,
  assigning: Granted<"assign_org_role:assign", { readonly organizationId: string }>,
  roles: readonly string[],
): Promise<void> {
  const after = [...new Set(roles)];
  const { id: userId } = member;
  const { organizationId } = assigning.object;
  await transaction(ctx, db, { name: "set_member_roles", clock }, async (tx) => {
    const held = await lockMember(tx, { id: userId, organizationId });
    requireRank(ctx, { organizations: new Map([[organizationId, [...held.roles, ...after]]]) });
    refuseGift(ctx, held.roles, after);
    const nowMs = clock.now();
    await tx
      .updateTable("organization_members")
      .set({ roles: after, updated_at: new Date(nowMs) })
      .where("organization_id", "=", organizationId)
      .where("user_id", "=", userId)
      .execute();
    await recordChange(tx, pubsub, {
      action: "organization_roles_changed",
      user: { id: held.id, username: held.username },
      organization_id: organizationId,
      before: held.roles,
      after,
      nowMs,
    });
    afterCommit(tx, () => announceAccessChanged(pubsub, userId));
  });
}

/**
 * Lets a user in again, or no more; resolves with the user as it then is.
 * @throws ApiError `not_found` for one who is gone, `precondition_failed` for an owner who would be suspended, `forbidden` for
 *   one who may do more than whoever asks
 */
export async function setUserStatus(
  ctx: Context,
  { db, clock, pubsub }: UserWriteDeps,
  { object: { id: userId } }: Granted<"user:update", Thing>,
  status: "active" | "suspended",
): Promise<UserWithOrganizations> {
  await transaction(ctx, db, { name: "set_user_status", clock }, async (tx) => {
    const user = await lockUser(tx, userId);
    if (status === "suspended" && user.roles.includes("owner")) {
      throw new ApiError(
        "precondition_failed",
        "You cannot suspend a user with the owner role: take the role away first.",
      );
    }
    await requireRankOver(ctx, tx, user);
    const nowMs = clock.now();
    await tx
      .updateTable("users")
      .set({ status, updated_at: new Date(nowMs) })
      .where("id", "=", userId)
      .execute();
    await recordChange(tx, pubsub, {
      action: "user_status_changed",
      user: { id: user.id, username: user.username },
      before: [user.status],
      after: [status],
      nowMs,
    });
    afterCommit(tx, () => announceAccessChanged(pubsub, userId));
  });
  return await readUser(db, userId);
}

/** Whoever gets a role may do with it what the key that gave it may not. */
function refuseGift(ctx: Context, before: readonly string[], after: readonly string[]): void {
  if (after.some((role) => !before.includes(role))) refuseWider(ctx, wholeUser);
}
