import { ApiError } from "@hearth/sdk";
import type { Actor, SystemActor } from "./actor.ts";
import { everything, idsOf, listHolds } from "./allow-list.ts";
import type { Context } from "./context.ts";
import { typeOf, type Action } from "./catalogue.ts";
import { Granted, GrantedList, GrantedWithin, type Container } from "./granted.ts";
import { decide, type ResourceObject } from "./reach.ts";
import { reachOf } from "./reach-of.ts";
import { scopeAllows } from "./scopes.ts";
import { RightMissing } from "./system-actors.ts";

/** The one body for "not there" and "not yours to see". */
export const notFoundMessage = "Resource not found or you do not have access to this resource";

/**
 * The one door to permissions: it gives what functions that change or disclose something ask for. Lint refuses a call whose
 * grant goes nowhere.
 *
 * @throws ApiError `not_found` when the actor may not even read the object (nobody learns that it exists) or its key
 *   does not reach the action on it, `forbidden` when it may read it and not do this.
 * @throws RightMissing for a part of the server, and logs which right of which part it is
 */
export function authorize<A extends Action, O extends ResourceObject>(
  ctx: Context,
  action: A,
  object: O,
): Granted<A, O> {
  if (!isAllowed(ctx.actor, action, object)) throw refusalOf(ctx, action, object);
  return new Granted(ctx.actor, action, object);
}

function refusalOf(ctx: Context, action: Action, object: ResourceObject): Error {
  if (ctx.actor.kind === "system") return refusalOfSystem(ctx.log, ctx.actor, action, object);
  hideBeyondKey(ctx, action, object);
  const readAction = `${typeOf(action)}:read` as Action; // of a type without one nobody has it
  if (action !== readAction && isAllowed(ctx.actor, readAction, object)) {
    return new ApiError("forbidden", "You don't have permission to do this. Ask an owner of this deployment for it.");
  }
  return new ApiError("not_found", notFoundMessage);
}

/** Logged here, so that no loop has to: nobody waits for an answer that would tell. */
function refusalOfSystem(log: Context["log"], actor: SystemActor, action: Action, object: ResourceObject): Error {
  const { id, ownerId, organizationId } = object;
  log.error(
    { actor: actor.name, right: action, object: { id, ownerId, organizationId } },
    "a part of this server lacks a right and leaves the thing alone",
  );
  return new RightMissing(actor.name, action);
}

/** The same for what is as good as not there to whoever may not do this: always `not_found`. */
export function authorizeOrHide<A extends Action, O extends ResourceObject>(
  ctx: Context,
  action: A,
  object: O,
): Granted<A, O> {
  if (isAllowed(ctx.actor, action, object)) return new Granted(ctx.actor, action, object);
  throw ctx.actor.kind === "system" ? refusalOf(ctx, action, object) : new ApiError("not_found", notFoundMessage);
}

/** The same without throwing: for what has a refusal of its own. */
export function grantIf<A extends Action, O extends ResourceObject>(
  ctx: Context,
  action: A,
  object: O,
): Granted<A, O> | undefined {
  return isAllowed(ctx.actor, action, object) ? new Granted(ctx.actor, action, object) : undefined;
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
 * For what is the user's own whatever its roles and its key are: the session of who has just proven to be that user, and
 * the key that asks for its own end. No policy is asked, so this is for those two alone.
 */
export function grantOwn<A extends "api_key:create" | "api_key:delete", O extends { readonly ownerId: string }>(
  ctx: Context,
  action: A,
  object: O,
): Granted<A, O> {
  return new Granted(ctx.actor, action, object);
}

/**
 * For the list of what is in one thing (the members of an organization, a user's keys): that the caller may see it by its
 * rights in that thing, and which ids of it its key reaches.
 *
 * @throws ApiError as `authorize`
 */
export function authorizeWithin<A extends Action, C extends Container>(
  ctx: Context,
  action: A,
  container: C,
): GrantedWithin<A, C> {
  const { actor } = ctx;
  const unbound: Actor = actor.kind === "user" ? { ...actor, allowList: [everything] } : actor;
  if (!isAllowed(unbound, action, container)) throw refusalOf({ ...ctx, actor: unbound }, action, container);
  return new GrantedWithin(
    actor,
    action,
    container,
    actor.kind === "user" ? idsOf(actor.allowList, action) : undefined,
  );
}

/** For lists: where the actor may do it, for `toPredicate`. */
export function authorizeList<A extends Action>(ctx: Context, action: A): GrantedList<A> {
  return new GrantedList(ctx.actor, action);
}

function isAllowed(actor: Actor, action: Action, object: ResourceObject): boolean {
  return decide(reachOf(actor, action), object);
}
