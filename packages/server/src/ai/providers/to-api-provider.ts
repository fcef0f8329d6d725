import type * as api from "@hearth/sdk";
import type { ProviderRow, ProviderWithKeys } from "./providers-store.ts";

export function toApiProvider(row: ProviderWithKeys): api.AIProvider {
  return {
    id: row.id,
    type: row.type,
    name: row.name,
    display_name: row.display_name,
    ...(row.icon === "" ? {} : { icon: row.icon }),
    enabled: row.enabled,
    base_url: row.base_url,
    api_keys: row.keys.map((key) => ({ id: key.id, masked: key.masked, created_at: key.created_at.toISOString() })),
    settings: row.settings,
    central_api_key_enabled: row.central_api_key_enabled,
    allow_user_api_key: row.allow_user_api_key,
    allow_central_api_key_fallback: row.allow_central_api_key_fallback,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

/** As much as every user may see. */
export function toApiSummary(row: ProviderRow): api.AIProviderSummary {
  const { id, type, name, display_name, icon, enabled, deleted } = row;
  return { id, type, name, display_name, icon, enabled, deleted };
}
