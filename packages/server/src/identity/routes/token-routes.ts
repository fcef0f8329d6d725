import { ApiError, endpoints } from "@hearth/sdk";
import { violatedUnique } from "../../ground/database/index.ts";
import { route, userOf, type Route } from "../../ground/http/index.ts";
import {
  everything,
  faultOfAllowList,
  normalEntry,
  authorize,
  authorizeWithin,
  notFoundMessage,
  type Context,
  isPublicScope,
} from "../../access/index.ts";
import { refuseWider, wholeUser } from "../credentials.ts";
import { requireRankOver } from "../rank.ts";
import { createToken, deleteToken, expireToken } from "../edit-tokens.ts";
import { findKey, findKeyByName, listTokens } from "../keys-store.ts";
import { randomText } from "../keys.ts";
import { faultOfTokenName, refuseFaults } from "../names.ts";
import { toApiKey } from "../to-api.ts";
import { getUser, resolveUser } from "../users.ts";
import type { IdentityDeps } from "./deps.ts";

const weekSeconds = 7 * 24 * 60 * 60;
/** An owner's tokens live a week at most, others' a century. @see spec/api.md §2 */
const ownerMaxSeconds = weekSeconds;
const memberMaxSeconds = 876_600 * 60 * 60;

export function tokenRoutes(deps: IdentityDeps): Route[] {
  const { db, clock } = deps;

  /** The key's own owner decides about rights; the path's user only has to exist. */
  async function loadKey<A extends "api_key:read" | "api_key:update" | "api_key:delete">(
    ctx: Context,
    keyId: string,
    action: A,
  ) {
    const row = await findKey(db, keyId);
    if (row === undefined) throw new ApiError("not_found", notFoundMessage);
    return { ...row, granted: authorize(ctx, action, { id: row.id, ownerId: row.user_id }) };
  }

  return [
    route(endpoints.tokens.createSessionKey)({
      access: "api_key:create",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      async handle({ ctx, loaded }) {
        const granted = authorize(ctx, "api_key:create", { ownerId: loaded.id });
        refuseWider(ctx, wholeUser);
        await requireRankOver(ctx, db, loaded);
        const key = await createToken(ctx, deps, granted, { loginType: "password", lifetimeSeconds: weekSeconds });
        return { status: 201, granted, body: { key } };
      },
    }),
    route(endpoints.tokens.createToken)({
      access: "api_key:create",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      async handle({ ctx, loaded, body }) {
        const allowList = (body.allow_list ?? [everything]).map(normalEntry);
        refuseFaults([
          ["token_name", faultOfTokenName(body.token_name ?? "")],
          ["allow_list", faultOfAllowList(allowList)],
        ]);
        const granted = authorize(ctx, "api_key:create", { ownerId: loaded.id });
        const { scopes, scope } = scopesOf(body.scopes, body.scope);
        refuseWider(ctx, { scopes, allowList });
        await requireRankOver(ctx, db, loaded);
        const lifetimeSeconds =
          body.lifetime === undefined || body.lifetime === 0 ? weekSeconds : Math.floor(body.lifetime / 1e9);
        assertLifetime(lifetimeSeconds, loaded.roles.includes("owner") ? ownerMaxSeconds : memberMaxSeconds);
        const tokenName =
          body.token_name === undefined || body.token_name === "" ? `token_${randomText(8)}` : body.token_name;
        try {
          const key = await createToken(ctx, deps, granted, {
            loginType: "token",
            lifetimeSeconds,
            tokenName,
            scopes,
            scope,
            allowList,
          });
          return { status: 201, granted, body: { key } };
        } catch (error) {
          if (violatedUnique(error) !== "api_keys_token_name_key") throw error;
          throw new ApiError("name_taken", `A token with name "${tokenName}" already exists.`, {
            cause: error,
            validations: [{ field: "name", detail: "This value is already in use and should be unique." }],
          });
        }
      },
    }),
    route(endpoints.tokens.listTokens)({
      access: "api_key:read",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      async handle({ ctx, loaded, query }) {
        const granted = authorizeWithin(ctx, "api_key:read", { ownerId: loaded.id });
        const all =
          query.include_all === true && loaded.id === userOf(ctx).userId && userOf(ctx).roles.includes("owner");
        const tokens = await listTokens(db, granted, {
          ofEverybody: all,
          includeExpired: query.include_expired === true,
          nowMs: clock.now(),
        });
        return { status: 200, granted, body: tokens.map((row) => ({ ...toApiKey(row), username: row.username })) };
      },
    }),
    route(endpoints.tokens.getTokenConfig)({
      access: "api_key:read",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      handle({ ctx, loaded }) {
        const granted = authorize(ctx, "api_key:read", { ownerId: loaded.id });
        const seconds = loaded.roles.includes("owner") ? ownerMaxSeconds : memberMaxSeconds;
        return { status: 200, granted, body: { max_token_lifetime: seconds * 1e9 } };
      },
    }),
    route(endpoints.tokens.getTokenByName)({
      access: "api_key:read",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      async handle({ ctx, loaded, params }) {
        const row = await findKeyByName(db, { userId: loaded.id, name: params.keyname });
        // Without a row nothing is told but that: as much as to whoever may not read any.
        const granted = authorize(ctx, "api_key:read", { id: row?.id, ownerId: loaded.id });
        if (row === undefined) throw new ApiError("not_found", notFoundMessage);
        return { status: 200, granted, body: toApiKey(row) };
      },
    }),
    route(endpoints.tokens.getKey)({
      access: "api_key:read",
      load: async ({ ctx, params }) => {
        await resolveUser(ctx, db, params.user);
        return await loadKey(ctx, params.keyid, "api_key:read");
      },
      handle: ({ loaded }) => ({ status: 200, granted: loaded.granted, body: toApiKey(loaded) }),
    }),
    route(endpoints.tokens.deleteKey)({
      access: "api_key:delete",
      load: async ({ ctx, params }) => {
        await resolveUser(ctx, db, params.user);
        return await loadKey(ctx, params.keyid, "api_key:delete");
      },
      async handle({ ctx, loaded }) {
        await deleteToken(ctx, deps, loaded.granted, loaded);
        return { status: 204, granted: loaded.granted, body: undefined };
      },
    }),
    route(endpoints.tokens.expireKey)({
      access: "api_key:update",
      load: async ({ ctx, params }) => {
        await resolveUser(ctx, db, params.user);
        return await loadKey(ctx, params.keyid, "api_key:update");
      },
      async handle({ ctx, loaded }) {
        await expireToken(ctx, deps, loaded.granted, loaded);
        return { status: 204, granted: loaded.granted, body: undefined };
      },
    }),
  ];
}

function scopesOf(
  scopes: readonly string[] | undefined,
  scope: string | undefined,
): { scopes: string[]; scope: string } {
  if (scopes !== undefined && scopes.length > 0) {
    const unknown = scopes.find((name) => !isPublicScope(name));
    if (unknown !== undefined) throw unsupportedScope(unknown);
    const only = scopes.length === 1 ? scopes[0] : undefined;
    return {
      scopes: [...scopes],
      scope: only === "coder:all" ? "all" : only === "coder:application_connect" ? "application_connect" : "",
    };
  }
  if (scope === "application_connect") return { scopes: ["coder:application_connect"], scope };
  if (scope === undefined || scope === "" || scope === "all") return { scopes: ["coder:all"], scope: "all" };
  throw unsupportedScope(scope);
}

function unsupportedScope(scope: string): ApiError {
  return new ApiError("validation_failed", "Failed to create API key.", {
    detail: `invalid or unsupported API key scope: "${scope}"`,
    validations: [{ field: "scopes", detail: `"${scope}" is no scope of GET /api/v2/auth/scopes` }],
  });
}

function assertLifetime(seconds: number, maxSeconds: number) {
  if (seconds >= 1 && seconds <= maxSeconds) return;
  throw new ApiError("validation_failed", "Failed to validate create API key request.", {
    detail: seconds < 1 ? "lifetime must be positive" : `lifetime must be less than ${maxSeconds / 3600}h0m0s`,
    validations: [{ field: "lifetime", detail: `from one second to ${maxSeconds / 3600} hours, in nanoseconds` }],
  });
}
