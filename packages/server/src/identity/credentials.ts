import { ApiError } from "@hearth/sdk";
import { entriesBeyond, everything, type AllowList, type Context, scopesBeyond } from "../access/index.ts";

/** What a new credential reaches. */
export interface Reach {
  readonly scopes: readonly string[];
  readonly allowList: AllowList;
}

/** All that its user may do: a session, and a password that opens one. */
export const wholeUser: Reach = { scopes: ["coder:all"], allowList: [everything] };

/**
 * No key makes a credential that may do more than itself: whoever hands one out (a token, a session, an account, another's
 * password) asks here first. @throws ApiError `forbidden` naming what the asker's own key does not reach
 */
export function refuseWider({ actor }: Context, wanted: Reach): void {
  if (actor.kind !== "user") return; // the server itself, which has no key
  const beyond = [...scopesBeyond(actor.scopes, wanted.scopes), ...entriesBeyond(actor.allowList, wanted.allowList)];
  if (beyond.length === 0) return;
  throw new ApiError("forbidden", "A token makes no token, session, password or role that may do more than itself.", {
    detail: `leave out ${beyond.join(", ")}, or ask with a session that has them`,
  });
}
