import { ApiError, type CreateUserRequestWithOrgs } from "@hearth/sdk";
import { transaction, type Db } from "../ground/database/index.ts";
import { hasWorkspaces } from "../views/index.ts";
import { findUuid } from "../ground/http/index.ts";
import { authorize, notFoundMessage, type Context, type Granted, type Thing, siteRoles } from "../access/index.ts";
import { refuseWider, wholeUser } from "./credentials.ts";
import { faultOfDisplayName, faultOfEmail, faultOfName, refuseFaults } from "./names.ts";
import { addMember, getDefaultOrganization } from "./organizations.ts";
import { assertStrongPassword, hashPassword } from "./password.ts";
import { lockOutranked } from "./lock-outranked.ts";
import { requireRank } from "./rank.ts";
import { forgetSecrets } from "./secrets/edit-secrets.ts";
import { findUser, insertUser, type UserWithOrganizations } from "./users-store.ts";

export type FoundUser = UserWithOrganizations & { readonly granted: Granted<"user:read", Thing> };

/** What permissions on a user are asked for: it is its own. */
export function userObject({ id }: { readonly id: string }) {
  return { id, ownerId: id };
}

/** `me`, an id or a username, as paths have it. @throws ApiError `not_found`, also for one whom the caller may not read */
export async function getUser(ctx: Context, db: Db, text: string): Promise<FoundUser> {
  const user = await resolveUser(ctx, db, text);
  return { ...user, granted: authorize(ctx, "user:read", userObject(user)) };
}

/** The same for paths in which the user need only exist. @throws ApiError `not_found` */
export async function resolveUser(ctx: Context, db: Db, text: string): Promise<UserWithOrganizations> {
  const me = text === "me" && ctx.actor.kind === "user" ? ctx.actor.userId : undefined;
  const id = me ?? findUuid(text);
  const user = await findUser(db, id === undefined ? { username: text } : { id });
  if (user === undefined) throw new ApiError("not_found", notFoundMessage);
  return user;
}

/** Of such a path no more than who it is: the caller itself was found when it was let in. @throws ApiError `not_found` */
export async function resolveUserName(
  ctx: Context,
  db: Db,
  text: string,
): Promise<{ readonly id: string; readonly username: string }> {
  const { actor } = ctx;
  if (actor.kind === "user") {
    const { userId: id, username } = actor;
    if (text === "me" || findUuid(text) === id || text.toLowerCase() === username.toLowerCase())
      return { id, username };
  }
  return await resolveUser(ctx, db, text);
}

/** @throws ApiError `validation_failed` for what no user can be */
export function refuseNewUser(request: CreateUserRequestWithOrgs): void {
  refuseFaults([
    ["email", faultOfEmail(request.email)],
    ["username", faultOfName(request.username)],
    ["name", faultOfDisplayName(request.name ?? "")],
    ["roles", faultOfSiteRoles(request.roles ?? [])],
  ]);
}

/** Makes a user and its memberships. @throws ApiError `name_taken`, `not_found` for an unknown organization, `forbidden` */
export async function createUser(
  ctx: Context,
  db: Db,
  granted: Granted<"user:create">,
  request: CreateUserRequestWithOrgs,
  nowMs: number,
): Promise<UserWithOrganizations> {
  const loginType = request.login_type === undefined || request.login_type === "" ? "password" : request.login_type;
  const roles = request.roles ?? [];
  refuseWider(ctx, wholeUser);
  requireRank(ctx, { site: roles });
  if (loginType === "password") assertStrongPassword(request.password ?? "");
  const passwordHash = loginType === "password" ? await hashPassword(request.password ?? "") : undefined;
  const asked = [
    ...(request.organization_ids ?? []),
    ...(request.organization_id === undefined ? [] : [request.organization_id]),
  ];
  const id = await transaction(ctx, db, { name: "create_user" }, async (tx) => {
    const organizationIds = asked.length > 0 ? asked : [(await getDefaultOrganization(tx)).id];
    const user = await insertUser(tx, granted, {
      username: request.username,
      name: request.name ?? "",
      email: request.email,
      passwordHash,
      loginType,
      status: request.user_status ?? "dormant",
      roles,
      nowMs,
    });
    for (const organizationId of new Set(organizationIds)) {
      const known = await tx
        .selectFrom("organizations")
        .select("id")
        .where("id", "=", organizationId)
        .executeTakeFirst();
      if (known === undefined)
        throw new ApiError("not_found", `Organization does not exist with the provided id "${organizationId}".`);
      await addMember(tx, granted, { organizationId, userId: user.id, nowMs });
    }
    return user.id;
  });
  const user = await findUser(db, { id });
  if (user === undefined) throw new Error("The user vanished while it was made.");
  return user;
}

/** What is wrong with a list of site roles. */
export function faultOfSiteRoles(roles: readonly string[]): string | undefined {
  const assignable = siteRoles.filter((role) => role.assignable).map((role) => role.name);
  const unknown = roles.filter((role) => !assignable.includes(role));
  return unknown.length === 0
    ? undefined
    : `"${unknown.join(", ")}" cannot be given; there are ${assignable.join(", ")}`;
}

/**
 * Makes a user unable to come back, and frees its names.
 * @throws ApiError `forbidden` for oneself and for one who may do more than whoever asks, `still_in_use` with workspaces
 */
export async function deleteUser(
  ctx: Context,
  db: Db,
  granted: Granted<"user:delete", Thing>,
  nowMs: number,
): Promise<void> {
  const {
    actor,
    object: { id },
  } = granted;
  if (actor.kind === "user" && actor.userId === id) throw new ApiError("forbidden", "You cannot delete yourself!");
  // Read committed: each statement sees what was committed until the locks of those before it were had, a workspace that was
  // made and a list that the user was put on among it.
  await transaction(ctx, db, { name: "delete_user" }, async (tx) => {
    await lockOutranked(ctx, tx, id);
    if (await hasWorkspaces(tx, { ownerId: id })) {
      throw new ApiError(
        "still_in_use",
        "You cannot delete a user that has workspaces. Delete their workspaces and try again!",
      );
    }
    await tx
      .updateTable("users")
      .set({ deleted: true, updated_at: new Date(nowMs) })
      .where("id", "=", id)
      .execute();
    await tx.deleteFrom("api_keys").where("user_id", "=", id).execute();
    await tx.deleteFrom("organization_members").where("user_id", "=", id).execute();
    await forgetSecrets(tx, granted);
  });
}
