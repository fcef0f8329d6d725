import type * as api from "@hearth/sdk";
import type { ModelRow } from "./models-store.ts";
import { effortsOf } from "./reasoning-effort.ts";

function common(row: ModelRow) {
  return {
    id: row.id,
    ai_provider_id: row.ai_provider_id,
    model: row.model,
    display_name: row.display_name,
    enabled: row.enabled,
    is_default: row.is_default,
    context_limit: row.context_limit,
    compression_threshold: row.compression_threshold,
    ...(Object.keys(row.options).length === 0 ? {} : { model_config: row.options }),
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

export function toApiModel(row: ModelRow): api.OrganizationChatModel {
  return { ...common(row), organization_id: row.organization_id, reasoning_efforts: effortsOf(row.options) };
}

/** As clients before 2.37 know it. `provider` is the type of its provider. */
export function toApiModelConfig(row: ModelRow, provider: string): api.ChatModelConfig {
  return { ...common(row), provider };
}
