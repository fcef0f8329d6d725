import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import { APIKey, APIKeyWithOwner, CreateTokenRequest, GenerateAPIKeyResponse, TokenConfig } from "../schemas/tokens.ts";
import { QueryBool } from "../query.ts";

export const createSessionKey = endpoint({
  method: "POST",
  path: "/api/v2/users/{user}/keys",
  operation: "create_session_key",
  summary: "Create a session key",
  responses: { 201: GenerateAPIKeyResponse },
});

export const getKey = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/keys/{keyid}",
  operation: "get_key",
  summary: "A key by its id",
  responses: { 200: APIKey },
});

export const deleteKey = endpoint({
  method: "DELETE",
  path: "/api/v2/users/{user}/keys/{keyid}",
  operation: "delete_key",
  summary: "Delete a key",
  responses: { 204: null },
});

export const expireKey = endpoint({
  method: "PUT",
  path: "/api/v2/users/{user}/keys/{keyid}/expire",
  operation: "expire_key",
  summary: "Expire a key",
  responses: { 204: null },
});

export const createToken = endpoint({
  method: "POST",
  path: "/api/v2/users/{user}/keys/tokens",
  operation: "create_token",
  summary: "Create a token",
  body: CreateTokenRequest,
  responses: { 201: GenerateAPIKeyResponse },
});

export const listTokens = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/keys/tokens",
  operation: "list_tokens",
  summary: "List tokens",
  query: z.object({ include_all: QueryBool.optional(), include_expired: QueryBool.optional() }),
  responses: { 200: z.array(APIKeyWithOwner) },
});

export const getTokenConfig = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/keys/tokens/tokenconfig",
  operation: "get_token_config",
  summary: "Limits on tokens of the caller",
  responses: { 200: TokenConfig },
});

export const getTokenByName = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/keys/tokens/{keyname}",
  operation: "get_token_by_name",
  summary: "A token by its name",
  responses: { 200: APIKey },
});
