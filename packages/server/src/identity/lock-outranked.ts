import { ApiError } from "@hearth/sdk";
import { notFoundMessage, type Context } from "../access/index.ts";
import type { Tx } from "../ground/database/index.ts";
import { requireRankOver } from "./rank.ts";
import type { UserRow } from "./users-store.ts";

// Rank is decided on rows that are locked until what it allows is done: who was given more in the meantime is not acted on by
// somebody whom they now outrank.

export type LockedUser = Pick<UserRow, "id" | "username" | "roles" | "status">;

/** The user, whose roles stay what they are until `tx` ends. @throws ApiError `not_found` for one who is gone */
export async function lockUser(tx: Tx, userId: string): Promise<LockedUser> {
  const user = await tx
    .selectFrom("users")
    .select(["id", "username", "roles", "status"])
    .where("id", "=", userId)
    .where((eb) => eb.not("deleted"))
    .forUpdate()
    .executeTakeFirst();
  if (user === undefined) throw new ApiError("not_found", notFoundMessage);
  await tx.selectFrom("organization_members").select("user_id").where("user_id", "=", userId).forShare().execute();
  return user;
}

/** The same for one on whom whoever acts in `tx` may act. @throws ApiError `forbidden`, `not_found` */
export async function lockOutranked(ctx: Context, tx: Tx, userId: string): Promise<LockedUser> {
  const user = await lockUser(tx, userId);
  await requireRankOver(ctx, tx, user);
  return user;
}

export interface LockedMember {
  readonly id: string;
  readonly username: string;
  readonly roles: string[];
}

/** A user with the roles in an organization, which stay what they are until `tx` ends. @throws ApiError `not_found` */
export async function lockMember(
  tx: Tx,
  { id, organizationId }: { readonly id: string; readonly organizationId: string },
): Promise<LockedMember> {
  const member = await tx
    .selectFrom("organization_members as m")
    .innerJoin("users as u", "u.id", "m.user_id")
    .select(["u.id", "u.username", "m.roles"])
    .where("m.organization_id", "=", organizationId)
    .where("m.user_id", "=", id)
    .forUpdate("m")
    .executeTakeFirst();
  if (member === undefined) throw new ApiError("not_found", notFoundMessage);
  return member;
}
