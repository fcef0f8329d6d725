import { prebuildsUserId } from "@hearth/sdk";
import type { Actor, UserActor } from "./actor.ts";
import { idsOf, listHolds } from "./allow-list.ts";
import { organizationRoles, siteRoles, systemPermissions, type Action, type Permission } from "./roles.ts";
import { scopeAllows } from "./scopes.ts";

/**
 * What an action is asked for. Ids that the thing has not (a new one's) are left out; one that exists always has its own,
 * or keys that reach single things would not reach it.
 */
export interface ResourceObject {
  readonly id?: string | undefined;
  readonly ownerId?: string | undefined;
  readonly organizationId?: string | undefined;
}

/**
 * Whether `actor` may do `action` to `object`. Pure, and denied by default: only a permission that says so allows.
 *
 * A key's scopes and its list of things narrow what its user's roles give; they never widen it.
 */
export function isAllowed(actor: Actor, action: Action, object: ResourceObject): boolean {
  switch (actor.kind) {
    case "anonymous":
      return false;
    case "user":
      return keyReaches(actor, action, object) && userMay(actor, action, object);
    case "agent":
      return agentMay(actor, action, object);
    case "system":
      return (systemPermissions[actor.name] ?? []).some(
        (permission) =>
          covers(permission, action) &&
          // "Own" is the pool's: what the prebuilds user owns.
          (permission.reach === "site" || object.ownerId === prebuildsUserId),
      );
  }
}

/** Whether a key reaches an action on a thing, whatever its user may do: by its scopes, and by its list of things. */
export function keyReaches(actor: UserActor, action: Action, { id }: ResourceObject): boolean {
  return scopeAllows(actor.scopes, action) && listHolds(actor.allowList, action, id);
}

/**
 * What of a list the actor may see: everything, or what it owns and what is in these organizations; and of that only
 * these ids, where its key reaches single things.
 */
export type Visibility = (
  | { all: true }
  | { all: false; ownerId: string | undefined; organizationIds: readonly string[] }
) & { readonly ids: readonly string[] | undefined };

/** The same rule for lists, as a filter that stores turn into SQL. */
export function visibility(actor: Actor, action: Action): Visibility {
  const ids = actor.kind === "user" ? idsOf(actor.allowList, action) : undefined;
  return { ...visibleByRights(actor, action), ids };
}

function visibleByRights(
  actor: Actor,
  action: Action,
): { all: true } | { all: false; ownerId: string | undefined; organizationIds: readonly string[] } {
  if (actor.kind === "agent") return { all: false, ownerId: actor.ownerId, organizationIds: [] };
  if (actor.kind === "system") {
    const site = (systemPermissions[actor.name] ?? []).some((p) => covers(p, action) && p.reach === "site");
    return site ? { all: true } : { all: false, ownerId: prebuildsUserId, organizationIds: [] };
  }
  if (actor.kind === "anonymous" || !scopeAllows(actor.scopes, action)) {
    return { all: false, ownerId: undefined, organizationIds: [] };
  }
  const held = heldPermissions(actor).filter(({ permission }) => covers(permission, action));
  if (held.some(({ permission }) => permission.reach === "site")) return { all: true };
  return {
    all: false,
    ownerId: held.some(({ permission }) => permission.reach.startsWith("own")) ? actor.userId : undefined,
    organizationIds: held
      .filter(({ permission }) => permission.reach === "organization")
      .flatMap(({ organizationId }) => organizationId ?? []),
  };
}

function userMay(actor: UserActor, action: Action, object: ResourceObject): boolean {
  return heldPermissions(actor).some(({ permission, organizationId }) => {
    if (!covers(permission, action)) return false;
    switch (permission.reach) {
      case "site":
        return true;
      case "own":
        return object.ownerId === actor.userId;
      case "organization":
        return object.organizationId !== undefined && object.organizationId === organizationId;
      case "own_in_organization":
        return object.ownerId === actor.userId && object.organizationId === organizationId;
    }
  });
}

function heldPermissions(actor: UserActor): { permission: Permission; organizationId: string | undefined }[] {
  const site = siteRoles.filter((role) => actor.roles.includes(role.name));
  const held = site.flatMap((role) =>
    role.permissions.map((permission) => ({ permission, organizationId: undefined as string | undefined })),
  );
  for (const [organizationId, names] of actor.organizationRoles) {
    for (const role of organizationRoles) {
      if (!names.includes(role.name)) continue;
      held.push(...role.permissions.map((permission) => ({ permission, organizationId })));
    }
  }
  return held;
}

/** An agent reaches its own workspace and template, and its owner's keys unless its template says otherwise. */
function agentMay(actor: Extract<Actor, { kind: "agent" }>, action: Action, object: ResourceObject): boolean {
  if (action === "workspace:read" || action === "workspace:update") return object.id === actor.workspaceId;
  if (action === "template:read") return object.id === actor.templateId;
  if (action === "user:read_personal") return object.ownerId === actor.ownerId && actor.apiKeyScope === "all";
  return false;
}

function covers(permission: Permission, action: Action): boolean {
  if (permission.allow === "*" || permission.allow === action) return true;
  return permission.allow.endsWith(":*") && action.startsWith(permission.allow.slice(0, -1));
}
