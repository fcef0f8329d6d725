import type { GrantedWithin } from "../../access/index.ts";
import type { Db, Tx } from "../../ground/database/index.ts";
import { findAllProviders, type ProviderRow } from "../providers/providers-store.ts";

/** A provider, and which keys there are of it. */
export interface ProviderKeys {
  readonly provider: ProviderRow;
  readonly hasCentralKey: boolean;
  readonly hasUserKey: boolean;
}

/** Of each provider that is there, by name. */
export async function findProviderKeys(db: Db | Tx, userId: string): Promise<ProviderKeys[]> {
  const providers = await findAllProviders(db);
  if (providers.length === 0) return [];
  const central = await db.selectFrom("ai_provider_keys").select("ai_provider_id").distinct().execute();
  const own = await db
    .selectFrom("user_ai_provider_keys")
    .select("ai_provider_id")
    .where("user_id", "=", userId)
    .execute();
  const has = (keys: readonly { readonly ai_provider_id: string }[], { id }: ProviderRow) =>
    keys.some((key) => key.ai_provider_id === id);
  return providers.map((provider) => ({
    provider,
    hasCentralKey: has(central, provider),
    hasUserKey: has(own, provider),
  }));
}

/** What the user's chats can reach with which key: of the providers that the caller's key reaches. */
export async function listUserKeys(
  db: Db,
  { ids, container }: GrantedWithin<"user_secret:read", { readonly ownerId: string }>,
): Promise<ProviderKeys[]> {
  const all = await findProviderKeys(db, container.ownerId);
  return ids === undefined ? all : all.filter(({ provider }) => ids.includes(provider.id));
}
