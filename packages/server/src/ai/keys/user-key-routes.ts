import { ApiError, endpoints, type UserAIProviderKeyConfig } from "@hearth/sdk";
import { authorizeOrHide, authorizeWithin, notFoundMessage } from "../../access/index.ts";
import { parseUuid, route, type Route } from "../../ground/http/index.ts";
import { getUser } from "../../identity/index.ts";
import type { AiDeps } from "../deps.ts";
import { findProvider } from "../providers/providers-store.ts";
import { toApiSummary } from "../providers/to-api-provider.ts";
import { deleteUserKey, putUserKey, refuseUserKey } from "./edit-user-keys.ts";
import { findProviderKeys, listUserKeys, type ProviderKeys } from "./user-keys-store.ts";

/** Keys are each user's own, as secrets are: anybody else's, owners of the deployment among them, are told that there is nothing. */
export function userKeyRoutes(deps: AiDeps): Route[] {
  const { db } = deps;

  return [
    route(endpoints.ai.listUserAiProviderKeys)({
      access: "user_secret:read",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      async handle({ ctx, loaded }) {
        const granted = authorizeWithin(ctx, "user_secret:read", { ownerId: loaded.id });
        return { status: 200, granted, body: (await listUserKeys(db, granted)).map(toApiConfig) };
      },
    }),
    route(endpoints.ai.putUserAiProviderKey)({
      access: "user_secret:update",
      load: async ({ ctx, params }) => ({
        user: await getUser(ctx, db, params.user),
        providerId: parseUuid(params.aiProvider),
      }),
      async handle({ ctx, loaded: { user, providerId }, body }) {
        refuseUserKey(body.api_key);
        const granted = authorizeOrHide(ctx, "user_secret:update", { id: providerId, ownerId: user.id });
        const provider = await findProvider(db, providerId);
        if (provider === undefined) throw new ApiError("not_found", notFoundMessage);
        if (!provider.allow_user_api_key) {
          throw new ApiError("precondition_failed", `"${provider.name}" takes no keys of users: its own are used.`);
        }
        await putUserKey(deps, granted, body.api_key);
        const kept = (await findProviderKeys(db, user.id)).find((one) => one.provider.id === providerId);
        if (kept === undefined) throw new ApiError("not_found", notFoundMessage);
        return { status: 200, granted, body: toApiConfig(kept) };
      },
    }),
    route(endpoints.ai.deleteUserAiProviderKey)({
      access: "user_secret:delete",
      load: async ({ ctx, params }) => ({
        user: await getUser(ctx, db, params.user),
        providerId: parseUuid(params.aiProvider),
      }),
      async handle({ ctx, loaded: { user, providerId } }) {
        const granted = authorizeOrHide(ctx, "user_secret:delete", { id: providerId, ownerId: user.id });
        await deleteUserKey(deps, granted);
        return { status: 204, granted, body: undefined };
      },
    }),
  ];
}

function toApiConfig({ provider, hasCentralKey, hasUserKey }: ProviderKeys): UserAIProviderKeyConfig {
  return {
    provider: toApiSummary(provider),
    byok_enabled: provider.allow_user_api_key,
    has_provider_api_key: hasCentralKey,
    has_user_api_key: hasUserKey,
  };
}
