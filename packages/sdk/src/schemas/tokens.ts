import { z } from "zod";
import { Time, Uuid } from "../scalars.ts";
import { LoginType, RBACResource } from "./auth.ts";

/** A thing that a token may reach: a kind, and an id or `*`. */
export const APIAllowListTarget = z.object({
  type: RBACResource,
  id: z.string(),
});
export type APIAllowListTarget = z.infer<typeof APIAllowListTarget>;

/**
 * A session or token, without its secret. The lifetime in seconds is how far each use moves the expiry on;
 * `last_used` is zero until then.
 */
export const APIKey = z.object({
  id: z.string(),
  user_id: Uuid,
  last_used: Time,
  expires_at: Time,
  created_at: Time,
  updated_at: Time,
  login_type: LoginType,
  scope: z.string(),
  scopes: z.array(z.string()),
  token_name: z.string(),
  lifetime_seconds: z.int(),
  allow_list: z.array(z.string()),
});
export type APIKey = z.infer<typeof APIKey>;

/** A session or token in a list over several users. */
export const APIKeyWithOwner = z.object({
  id: z.string(),
  user_id: Uuid,
  last_used: Time,
  expires_at: Time,
  created_at: Time,
  updated_at: Time,
  login_type: LoginType,
  scope: z.string(),
  scopes: z.array(z.string()),
  token_name: z.string(),
  lifetime_seconds: z.int(),
  allow_list: z.array(z.string()),
  username: z.string(),
});
export type APIKeyWithOwner = z.infer<typeof APIKeyWithOwner>;

/**
 * A token to make. `lifetime` is in nanoseconds, 0 or left out a week; scopes and the allow list narrow what it may,
 * and never widen it. A name of its own is made where none is given.
 */
export const CreateTokenRequest = z.object({
  lifetime: z.number().optional(),
  scope: z.string().optional(),
  scopes: z.array(z.string()).optional(),
  token_name: z.string().optional(),
  allow_list: z.array(z.union([z.string(), APIAllowListTarget])).optional(),
});
export type CreateTokenRequest = z.infer<typeof CreateTokenRequest>;

/** The token itself, which is shown this once. */
export const GenerateAPIKeyResponse = z.object({
  key: z.string(),
});
export type GenerateAPIKeyResponse = z.infer<typeof GenerateAPIKeyResponse>;

/** The longest that a token of the caller may last. */
export const TokenConfig = z.object({
  // Nanoseconds; a century of them is beyond what a number holds exactly.
  max_token_lifetime: z.number(),
});
export type TokenConfig = z.infer<typeof TokenConfig>;

/** Every scope that a token may be given. */
export const ExternalAPIKeyScopes = z.object({
  external: z.array(z.string()),
});
export type ExternalAPIKeyScopes = z.infer<typeof ExternalAPIKeyScopes>;
