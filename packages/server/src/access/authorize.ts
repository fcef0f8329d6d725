import { ApiError } from "@hearth/sdk";
import type { Actor, UserActor } from "./actor.ts";
import { everything, idsOf, listHolds } from "./allow-list.ts";
import type { Context } from "./context.ts";
import { typeOf, type Action } from "./catalogue.ts";
import { decide, type Reach, type ResourceObject } from "./reach.ts";
import { reachOf } from "./reach-of.ts";
import { scopeAllows } from "./scopes.ts";

/** The one body for "not there" and "not yours to see". */
export const notFoundMessage = "Resource not found or you do not have access to this resource";

/**
 * The one door to permissions: everything on the way to the data calls it, once for what it is about to do.
 *
 * @throws ApiError `not_found` when the actor may not even read the object (nobody learns that it exists) or its key
 *   does not reach the action on it, `forbidden` when it may read it and not do this.
 */
export function authorize(ctx: Context, action: Action, object: ResourceObject): void {
  ctx.authorized.add(action);
  if (!isAllowed(ctx.actor, action, object)) throw refusalOf(ctx, action, object);
}

function refusalOf(ctx: Context, action: Action, object: ResourceObject): ApiError {
  hideBeyondKey(ctx, action, object);
  const readAction = `${typeOf(action)}:read` as Action; // of a type without one nobody has it
  if (action !== readAction && isAllowed(ctx.actor, readAction, object)) {
    return new ApiError("forbidden", "You don't have permission to do this. Ask an owner of this deployment for it.");
  }
  return new ApiError("not_found", notFoundMessage);
}

/** The same for what is as good as not there to whoever may not do this: always `not_found`. */
export function authorizeOrHide(ctx: Context, action: Action, object: ResourceObject): void {
  ctx.authorized.add(action);
  if (!isAllowed(ctx.actor, action, object)) throw new ApiError("not_found", notFoundMessage);
}

/**
 * Refuses a key that does not reach the action on the thing, whatever its user may do: for what is looked up before the
 * right to do it is known. @throws ApiError `not_found`: what a key does not reach looks absent @see spec/api.md §2
 */
export function hideBeyondKey({ actor }: Context, action: Action, object: ResourceObject): void {
  if (actor.kind !== "user") return;
  if (scopeAllows(actor.scopes, action) && listHolds(actor.allowList, action, object.id)) return;
  throw new ApiError("not_found", notFoundMessage);
}

/** Asks without throwing: for what is shown or hidden inside an answer. */
export function can(ctx: Context, action: Action, object: ResourceObject): boolean {
  return isAllowed(ctx.actor, action, object);
}

/**
 * For the list of what is in one thing (the members of an organization, a user's keys): that the caller may see it by its
 * rights in that thing, and which ids of it its key reaches; undefined: all. Counts as the check of `action`.
 *
 * @throws ApiError as `authorize`
 */
export function authorizeWithin(
  ctx: Context,
  action: Action,
  container: Omit<ResourceObject, "id">,
): readonly string[] | undefined {
  const { actor } = ctx;
  if (actor.kind !== "user") {
    authorize(ctx, action, container);
    return undefined;
  }
  ctx.authorized.add(action);
  const unbound: UserActor = { ...actor, allowList: [everything] };
  if (!isAllowed(unbound, action, container)) throw refusalOf({ ...ctx, actor: unbound }, action, container);
  return idsOf(actor.allowList, action);
}

/** For lists: where the actor may do it, for `toPredicate`. Counts as the check of `action`. */
export function authorizeList(ctx: Context, action: Action): Reach {
  ctx.authorized.add(action);
  return reachOf(ctx.actor, action);
}

function isAllowed(actor: Actor, action: Action, object: ResourceObject): boolean {
  return decide(reachOf(actor, action), object);
}
