import type { ChatModelProviderUnavailableReason } from "@hearth/sdk";

/** Whose keys of a provider chats may use. */
export interface KeyPolicy {
  /** The provider's own. */
  readonly central: boolean;
  /** Users may bring one. */
  readonly user: boolean;
  /** Who has brought none uses the provider's own. */
  readonly fallback: boolean;
}

/** Whose key a chat's owner uses, or why none. */
export type KeyChoice =
  | { readonly source: "central" | "user" }
  | { readonly source: undefined; readonly reason: ChatModelProviderUnavailableReason };

/** A user's key always wins where users may bring one. Pure. @see spec "AI chat" §16.2, §16.3 */
export function chooseKey(
  policy: KeyPolicy,
  has: { readonly centralKey: boolean; readonly userKey: boolean },
): KeyChoice {
  if (policy.user && has.userKey) return { source: "user" };
  const mayBeCentral = policy.central && (!policy.user || policy.fallback);
  if (mayBeCentral && has.centralKey) return { source: "central" };
  return { source: undefined, reason: policy.user ? "user_api_key_required" : "missing_api_key" };
}

/** The policy in a provider's row. */
export function policyOf(row: {
  readonly central_api_key_enabled: boolean;
  readonly allow_user_api_key: boolean;
  readonly allow_central_api_key_fallback: boolean;
}): KeyPolicy {
  return {
    central: row.central_api_key_enabled,
    user: row.allow_user_api_key,
    fallback: row.allow_central_api_key_fallback,
  };
}
