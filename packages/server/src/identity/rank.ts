import { ApiError } from "@hearth/sdk";
import { hasAllGivenBy, outranks, type Context } from "../access/index.ts";
import type { Db, Tx } from "../ground/database/index.ts";
import { templatesOfGroup } from "../views/index.ts";
import { listRolesOfMember } from "./organizations.ts";

/** Roles by their names, as users have them. */
export interface HeldRoles {
  readonly site?: readonly string[];
  /** By organization id. */
  readonly organizations?: ReadonlyMap<string, readonly string[]>;
}

/**
 * Nobody gives or takes a role that gives more than their own do.
 * @throws ApiError `forbidden` naming the roles
 */
export function requireRank({ actor }: Context, { site = [], organizations = new Map() }: HeldRoles): void {
  if (actor.kind !== "user") return; // the server itself, which its own permissions bound
  const beyond = [
    ...site.filter((name) => !outranks(actor, name, undefined)),
    ...[...organizations].flatMap(([id, names]) => names.filter((name) => !outranks(actor, name, id))),
  ];
  if (beyond.length === 0) return;
  throw new ApiError("forbidden", `The role ${[...new Set(beyond)].join(", ")} gives more than yours: ask an owner.`);
}

/**
 * Nobody but themselves acts on a user who may do more: who may set an owner's password is an owner.
 * @throws ApiError `forbidden`
 */
export async function requireRankOver(
  ctx: Context,
  db: Db | Tx,
  user: { readonly id: string; readonly roles: readonly string[] },
): Promise<void> {
  if (ctx.actor.kind !== "user" || ctx.actor.userId === user.id) return;
  requireRank(ctx, { site: user.roles, organizations: await listRolesOfMember(db, user.id) });
}

/**
 * Nobody puts anybody, themselves included, into a group that its organization gives what they may not do themselves. What it
 * is given is not named: they may not see it. Workspaces do not count: whoever shares one with a group shares it with whoever
 * is in it, and would otherwise stop those who administer the group.
 * @throws ApiError `forbidden`
 */
export async function requireRankOfGroup(
  { actor }: Context,
  db: Db | Tx,
  group: { readonly id: string; readonly name: string; readonly organization_id: string },
): Promise<void> {
  if (actor.kind !== "user") return; // the server itself, which its own permissions bound
  const given = await templatesOfGroup(db, group);
  if (given.every(({ object, words }) => hasAllGivenBy(actor, "template", object, words))) return;
  throw new ApiError("forbidden", `The group "${group.name}" is given more than you may do: ask an owner.`);
}
