import { ApiError } from "@hearth/sdk";
import type { Context } from "./context.ts";
import { isAllowed, visibility, type ResourceObject, type Visibility } from "./permissions.ts";
import type { Action } from "./roles.ts";
import { scopeAllows } from "./scopes.ts";

/** The one body for "not there" and "not yours to see". */
export const notFoundMessage = "Resource not found or you do not have access to this resource";

/**
 * The one door to permissions: everything on the way to the data calls it, once for what it is about to do.
 *
 * @throws ApiError `not_found` when the actor may not even read the object (nobody learns that it exists) or its key's
 *   scopes do not reach the action, `forbidden` when it may read it and not do this.
 */
export function authorize(ctx: Context, action: Action, object: ResourceObject): void {
  ctx.authorized.add(action);
  if (isAllowed(ctx.actor, action, object)) return;
  hideBeyondScope(ctx, action);
  const readAction = `${action.slice(0, action.indexOf(":"))}:read` as Action; // every resource has a read action
  if (action !== readAction && isAllowed(ctx.actor, readAction, object)) {
    throw new ApiError("forbidden", "You don't have permission to do this. Ask an owner of this deployment for it.");
  }
  throw new ApiError("not_found", notFoundMessage);
}

/** The same for what is as good as not there to whoever may not do this: always `not_found`. */
export function authorizeOrHide(ctx: Context, action: Action, object: ResourceObject): void {
  ctx.authorized.add(action);
  if (!isAllowed(ctx.actor, action, object)) throw new ApiError("not_found", notFoundMessage);
}

/**
 * Refuses a key whose scopes do not reach the action, whatever it is done to: for what is looked up before the right to
 * do it is known. @throws ApiError `not_found`: what a scope does not reach looks absent @see spec/api.md §2
 */
export function hideBeyondScope({ actor }: Context, action: Action): void {
  if (actor.kind === "user" && !scopeAllows(actor.scopes, action)) throw new ApiError("not_found", notFoundMessage);
}

/** Asks without throwing: for what is shown or hidden inside an answer. */
export function can(ctx: Context, action: Action, object: ResourceObject): boolean {
  return isAllowed(ctx.actor, action, object);
}

/** For lists: what of them the actor may see. Counts as the check of `action`. */
export function authorizeList(ctx: Context, action: Action): Visibility {
  ctx.authorized.add(action);
  return visibility(ctx.actor, action);
}
