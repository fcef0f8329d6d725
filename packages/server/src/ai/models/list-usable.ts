import type * as api from "@hearth/sdk";
import { can, type Context } from "../../access/index.ts";
import { chooseKey, policyOf } from "../keys/key-policy.ts";
import type { ProviderKeys } from "../keys/user-keys-store.ts";
import { isSupported } from "../providers/provider-types.ts";
import type { ModelRow } from "./models-store.ts";

/** A provider of models with whether this user's chats can use it. Pure. */
export function toApiDescriptor(keys: ProviderKeys): api.ChatModelProviderDescriptor {
  const { provider, hasCentralKey, hasUserKey } = keys;
  const reason = whyUnavailable(keys);
  return {
    id: provider.id,
    type: provider.type,
    display_name: provider.display_name,
    icon: provider.icon,
    enabled: provider.enabled,
    available: provider.enabled && reason === undefined,
    ...(reason === undefined ? {} : { unavailable_reason: reason }),
    allow_user_api_key: provider.allow_user_api_key,
    has_api_key: hasCentralKey,
    has_user_api_key: hasUserKey,
    has_effective_api_key: reason === undefined,
  };
}

function whyUnavailable({ provider, hasCentralKey, hasUserKey }: ProviderKeys) {
  const choice = chooseKey(policyOf(provider), { centralKey: hasCentralKey, userKey: hasUserKey });
  return choice.source === undefined ? choice.reason : undefined;
}

/** Those whose type no chat can use. Pure. */
export function unsupportedOf(all: readonly ProviderKeys[]): api.ChatUnsupportedProvider[] {
  return all.flatMap(({ provider: { type, display_name } }) =>
    isSupported(type) ? [] : [{ provider: type, display_name }],
  );
}

/** Of those that can be seen, by type of provider: what clients before 2.37 offer. Pure. */
export function toApiModelsByType(models: readonly ModelRow[], all: readonly ProviderKeys[]): api.ChatModelsResponse {
  const usable = all.filter(({ provider }) => provider.enabled && isSupported(provider.type));
  const types = [...new Set(usable.map(({ provider }) => provider.type))];
  const providers = types.flatMap((type): api.ChatModelProvider[] => {
    const ofType = usable.filter(({ provider }) => provider.type === type);
    const ids = new Set(ofType.map(({ provider }) => provider.id));
    const served = models.filter((model) => model.enabled && ids.has(model.ai_provider_id));
    if (served.length === 0) return [];
    const reasons = ofType.map(whyUnavailable);
    const available = reasons.includes(undefined);
    return [
      {
        provider: type,
        available,
        ...(available || reasons[0] === undefined ? {} : { unavailable_reason: reasons[0] }),
        models: served.map(({ model, display_name }) => ({
          id: `${type}:${model}`,
          provider: type,
          model,
          display_name,
        })),
      },
    ];
  });
  const unsupported = unsupportedOf(all);
  return { providers, ...(unsupported.length === 0 ? {} : { unsupported_providers: unsupported }) };
}

/** Who adds models chooses among all providers; others see those of what they may use. */
export function providersFor(
  ctx: Context,
  organizationId: string,
  models: readonly ModelRow[],
  all: readonly ProviderKeys[],
): ProviderKeys[] {
  if (can(ctx, "chat_model_config:create", { organizationId })) return [...all];
  const ids = new Set(models.map((model) => model.ai_provider_id));
  return all.filter(({ provider }) => ids.has(provider.id));
}
