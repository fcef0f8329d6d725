import type * as api from "@hearth/sdk";
import { ApiError } from "@hearth/sdk";
import { roleOf, type Acl, type Context, type Granted, type ObjectRole } from "../access/index.ts";
import type { Db, Tx } from "../ground/database/index.ts";
import { findUuid } from "../ground/http/index.ts";
import { refuseWider } from "./credentials.ts";
import { findPageOfMembers, findGroups, toApiGroups } from "./groups/index.ts";
import { toReducedUser } from "./to-api.ts";
import { findUsersOfOrganization, type UserWithOrganizations } from "./users-store.ts";

/** Roles by the ids of users, or of groups; `""` takes away. */
export type RolesById = Readonly<Record<string, string>>;

/** The fields of a request that shares something, with their names in the request. */
export interface Shares {
  readonly users: { readonly field: string; readonly roles: RolesById | undefined };
  readonly groups: { readonly field: string; readonly roles: RolesById | undefined };
}

/**
 * Refuses to share what is an organization's with whoever is not in it, and keeps those who are in it there until `tx` ends.
 * To take away from them is allowed.
 *
 * To be called before the row of what is shared is locked: who leaves is locked first as well, and then taken off the lists,
 * by a statement that sees what this transaction wrote.
 * @throws ApiError `validation_failed` naming the ids
 */
export async function refuseStrangers(tx: Tx, organizationId: string, { users, groups }: Shares): Promise<void> {
  const given = (roles: RolesById = {}) => Object.keys(roles).filter((id) => roles[id] !== "");
  const userIds = given(users.roles);
  const groupIds = given(groups.roles);
  const isId = (id: string) => findUuid(id) === id;
  const knownUsers = await keepMembers(tx, organizationId, userIds.filter(isId));
  const knownGroups = await keepGroups(tx, organizationId, groupIds.filter(isId));
  const strangers = (ids: readonly string[], known: ReadonlySet<string>) => ids.filter((id) => !known.has(id));
  const validations = [
    ...strangers(userIds, knownUsers).map((id) => ({
      field: users.field,
      detail: `"${id}" is no member of the organization`,
    })),
    ...strangers(groupIds, knownGroups).map((id) => ({
      field: groups.field,
      detail: `"${id}" is no group of the organization`,
    })),
  ];
  if (validations.length > 0) throw new ApiError("validation_failed", "Invalid request to update ACL", { validations });
}

/** Those of these who are members, who stay so until `tx` ends. */
async function keepMembers(tx: Tx, organizationId: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await tx
    .selectFrom("organization_members")
    .select("user_id as id")
    .where("organization_id", "=", organizationId)
    .where("user_id", "in", [...ids])
    .orderBy("user_id")
    .forKeyShare()
    .execute();
  return new Set(rows.map(({ id }) => id));
}

/** The same of groups. */
async function keepGroups(tx: Tx, organizationId: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await tx
    .selectFrom("groups")
    .select("id")
    .where("organization_id", "=", organizationId)
    .where("id", "in", [...ids])
    .orderBy("id")
    .forKeyShare()
    .execute();
  return new Set(rows.map(({ id }) => id));
}

/**
 * Nobody gives with a key what that key does not reach: who is given it has it without the key's bounds, and for longer.
 * @throws ApiError `forbidden`
 */
export function refuseWiderShare(
  ctx: Context,
  thing: { readonly type: "chat" | "chat_model_config" | "template" | "workspace"; readonly id: string },
  { users, groups }: Shares,
): void {
  const given = [users, groups].flatMap(({ roles }) => Object.values(roles ?? {})).some((role) => role !== "");
  if (given) refuseWider(ctx, { scopes: [`${thing.type}:*`], allowList: [`${thing.type}:${thing.id}`] });
}

export interface Shared<Role = ObjectRole> {
  readonly users: readonly (UserWithOrganizations & { readonly role: Role })[];
  readonly groups: readonly (api.Group & { readonly role: Role })[];
}

/** What the words of a list say that somebody may do; undefined for what is no role of the thing. */
type RoleIn<Role> = (words: readonly string[] | undefined) => Role | undefined;

/** What has access lists. */
interface Listed {
  readonly organization_id: string;
  readonly user_acl: Acl;
  readonly group_acl: Acl;
}

/** What lets one read the access lists of a thing, which name people. */
type MayReadLists = Granted<"template:update" | "workspace:share" | "chat:share" | "chat_model_config:update">;

/** Whom the access lists of a thing name and what they were given: those of its organization, by name. */
export async function listShared(ctx: Context, db: Db, granted: MayReadLists, thing: Listed): Promise<Shared>;
/** The same of a thing with other roles than those. */
export async function listShared<Role>(
  ctx: Context,
  db: Db,
  granted: MayReadLists,
  thing: Listed,
  roleIn: RoleIn<Role>,
): Promise<Shared<Role>>;
export async function listShared(
  ctx: Context,
  db: Db,
  _granted: MayReadLists,
  thing: Listed,
  roleIn: RoleIn<unknown> = roleOf,
): Promise<Shared<unknown>> {
  const users = await findUsersOfOrganization(db, thing.organization_id, Object.keys(thing.user_acl));
  const groupIds = Object.keys(thing.group_acl);
  const rows =
    groupIds.length === 0 ? [] : await findGroups(db, { organizationId: thing.organization_id, ids: groupIds });
  const groups = await toApiGroups(ctx, db, rows);
  return {
    users: users.flatMap((user) => withRole(user, thing.user_acl, roleIn)),
    groups: groups.flatMap((group) => withRole(group, thing.group_acl, roleIn)),
  };
}

/** Whom something of an organization can be given to: a page of its members by username, and its groups by name. */
export async function listAvailable(
  ctx: Context,
  db: Db,
  _granted: MayReadLists,
  organizationId: string,
  { q, ...page }: { q?: string | undefined; limit?: number | undefined; offset?: number | undefined },
): Promise<api.ACLAvailable> {
  const search = (q ?? "").toLowerCase();
  const members = await findPageOfMembers(db, { groupId: organizationId, search, ...page });
  const groups = await findGroups(db, { organizationId });
  const named = groups.filter(({ name, display_name }) =>
    [name, display_name].some((text) => text.toLowerCase().includes(search)),
  );
  return { users: members.map(toReducedUser), groups: await toApiGroups(ctx, db, named, { withMembers: false }) };
}

function withRole<Named extends { readonly id: string }, Role>(
  named: Named,
  acl: Acl,
  roleIn: RoleIn<Role>,
): (Named & { role: Role })[] {
  const role = roleIn(acl[named.id]);
  return role === undefined ? [] : [{ ...named, role }];
}
