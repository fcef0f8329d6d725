import type { FastifyRequest } from "fastify";
import { sql } from "kysely";
import type { Clock, Logger } from "@hearth/base";
import { ApiError } from "@hearth/sdk";
import { defineStatement, stored, type Db } from "../ground/database/index.ts";
import { parseCookies, type Access } from "../ground/http/index.ts";
import { anonymous, type Actor, type AgentActor, type UserActor } from "../access/index.ts";
import { isSecretOf, splitKey } from "./keys.ts";
import { keyOfUserColumns, keyOfUserShape, refreshEveryMs, refreshKeys, toUserActor } from "./actor-of-key.ts";

export const sessionCookie = "coder_session_token";

const signedOut = "You are signed out or your session has expired. Please sign in again to continue.";

export interface AuthenticateDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly authenticateAgent: (token: string) => Promise<AgentActor>;
}

/** The session key of a request, in the order in which the places count. @see spec/api.md §2 */
export function sessionKeyOf(request: Pick<FastifyRequest, "headers" | "query">): string | undefined {
  const query = request.query as Record<string, string | string[] | undefined>; // parsed by the router
  const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
  const places = [
    parseCookies(request.headers.cookie).get(sessionCookie),
    firstOf(query[sessionCookie]),
    firstOf(request.headers["coder-session-token"]),
    bearer,
    firstOf(query["access_token"]),
  ];
  return places.find((place) => place !== undefined && place !== "");
}

/** A name that is given more than once counts as its first does. */
function firstOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

/** Makes the hook that lets requests in. One look-up finds the key, its user, and the roles of the moment. */
export function createAuthenticate(deps: AuthenticateDeps) {
  return async (request: FastifyRequest, access: Access): Promise<Actor> => {
    const key = sessionKeyOf(request);
    if (access === "agent") {
      if (key === undefined) {
        throw new ApiError("agent_not_authorized", `Cookie "${sessionCookie}" must be provided.`);
      }
      return await deps.authenticateAgent(key);
    }
    try {
      if (key === undefined) throw notLoggedIn(`Cookie "${sessionCookie}" or query parameter must be provided.`);
      return await userOfKey(deps, key);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (access === "public") return anonymous;
      // The tunnel routes have a text of their own, because workspace proxies ask there too.
      if (request.routeOptions.url?.startsWith("/api/v2/workspaceagents/") === true) {
        throw new ApiError(
          "not_authenticated",
          "API key or external proxy authentication required, but none provided",
          { cause: error },
        );
      }
      throw error;
    }
  };
}

const findKeyOfUser = defineStatement({
  name: "identity.find_key_of_user",
  columns: {
    hashed_secret: stored("api_keys.hashed_secret"),
    expires_at: stored("api_keys.expires_at"),
    last_used: stored("api_keys.last_used"),
    lifetime_seconds: stored("api_keys.lifetime_seconds"),
    ...keyOfUserShape,
  },
  samples: [{ keyId: "key" }],
  build: ({ keyId }: { keyId: string }) => sql`
    select k.hashed_secret, k.expires_at, k.last_used, k.lifetime_seconds, ${keyOfUserColumns}
    from api_keys k join users u on u.id = k.user_id
    where k.id = ${keyId}`,
});

async function userOfKey(deps: AuthenticateDeps, key: string): Promise<UserActor> {
  const parts = splitKey(key);
  if (parts === undefined) throw notLoggedIn("API key is invalid.");
  const now = deps.clock.now();
  const row = await findKeyOfUser.first(deps.db, { keyId: parts.id });
  if (row === undefined || !isSecretOf(row, parts.secret) || row.deleted) throw notLoggedIn("API key is invalid.");
  if (row.expires_at.getTime() <= now) throw notLoggedIn(`API key expired at "${row.expires_at.toISOString()}".`);
  if (row.status === "suspended")
    throw notLoggedIn('User is not active (status = "suspended"). Contact an admin to reactivate your account.');
  if (now - row.last_used.getTime() > refreshEveryMs || row.status === "dormant") {
    await refreshKeys(deps.db, [parts.id], now);
  }
  return toUserActor(row);
}

function notLoggedIn(detail: string): ApiError {
  return new ApiError("not_authenticated", signedOut, { detail });
}
