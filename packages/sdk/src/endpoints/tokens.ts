import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import { APIKey, APIKeyWithOwner, CreateTokenRequest, GenerateAPIKeyResponse, TokenConfig } from "../schemas/tokens.ts";
import { QueryBool } from "../query.ts";

/** A session like that of a log-in, for handing to a browser or a command line; lasts about a week. */
export const createSessionKey = endpoint({
  method: "POST",
  path: "/api/v2/users/{user}/keys",
  operation: "create_session_key",
  summary: "Create a session key",
  responses: { 201: GenerateAPIKeyResponse },
});

/** By its id, without its secret. Whose it is decides who may see it, not the user in the path. */
export const getKey = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/keys/{keyid}",
  operation: "get_key",
  summary: "A key by its id",
  responses: { 200: APIKey },
});

/** Whoever uses it is out at once, streams and terminals with it. */
export const deleteKey = endpoint({
  method: "DELETE",
  path: "/api/v2/users/{user}/keys/{keyid}",
  operation: "delete_key",
  summary: "Delete a key",
  responses: { 204: null },
});

/** Ends it now and keeps the row, so that one can see that there was one. */
export const expireKey = endpoint({
  method: "PUT",
  path: "/api/v2/users/{user}/keys/{keyid}/expire",
  operation: "expire_key",
  summary: "Expire a key",
  responses: { 204: null },
});

/**
 * The token is in the answer and nowhere else. 400 for an unknown scope or too long a life, 409 for a name that the
 * user has.
 */
export const createToken = endpoint({
  method: "POST",
  path: "/api/v2/users/{user}/keys/tokens",
  operation: "create_token",
  summary: "Create a token",
  body: CreateTokenRequest,
  responses: { 201: GenerateAPIKeyResponse },
});

/**
 * The caller's own; everybody's with `include_all`, as far as they may be read. Expired ones only with
 * `include_expired`.
 */
export const listTokens = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/keys/tokens",
  operation: "list_tokens",
  summary: "List tokens",
  query: z.object({ include_all: QueryBool.optional(), include_expired: QueryBool.optional() }),
  responses: { 200: z.array(APIKeyWithOwner) },
});

/** An owner's tokens last less long than others'. */
export const getTokenConfig = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/keys/tokens/tokenconfig",
  operation: "get_token_config",
  summary: "Limits on tokens of the caller",
  responses: { 200: TokenConfig },
});

/** The user's own word for it. */
export const getTokenByName = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/keys/tokens/{keyname}",
  operation: "get_token_by_name",
  summary: "A token by its name",
  responses: { 200: APIKey },
});
