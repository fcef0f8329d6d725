import { ApiError, endpoints, zeroUuid } from "@hearth/sdk";
import {
  grantIf,
  notFoundMessage,
  type Action,
  type Context,
  type Granted,
  type ResourceObject,
} from "../../access/index.ts";
import { route, type Route } from "../../ground/http/index.ts";
import type { AiDeps } from "../deps.ts";
import { createProvider, deleteProvider, updateProvider } from "./edit-providers.ts";
import { checkNewProvider, refuseProviderChange } from "./provider-faults.ts";
import { findProvider, listProviders, withKeys } from "./providers-store.ts";
import { toApiProvider } from "./to-api-provider.ts";

type ProviderAction = Action & `ai_provider:${string}`;

/** Providers are the deployment's: their addresses are asked with its keys, so that only its owners write them. */
export function providerRoutes(deps: AiDeps): Route[] {
  const { db } = deps;

  async function grantProvider<A extends ProviderAction>(ctx: Context, action: A, idOrName: string) {
    const row = await findProvider(db, idOrName);
    // Who may not is told the same of those that are there and of those that are not.
    const granted = grantOrForbid(ctx, action, { id: row?.id ?? zeroUuid });
    if (row === undefined) throw new ApiError("not_found", notFoundMessage);
    return { row, granted };
  }

  return [
    route(endpoints.ai.listAiProviders)({
      access: "ai_provider:read",
      async handle({ ctx }) {
        const granted = grantOrForbid(ctx, "ai_provider:read", {});
        return { status: 200, granted, body: (await listProviders(db, granted)).map(toApiProvider) };
      },
    }),
    route(endpoints.ai.createAiProvider)({
      access: "ai_provider:create",
      async handle({ ctx, body }) {
        const provider = checkNewProvider(body);
        const granted = grantOrForbid(ctx, "ai_provider:create", {});
        return { status: 201, granted, body: toApiProvider(await createProvider(ctx, deps, granted, provider)) };
      },
    }),
    route(endpoints.ai.getAiProvider)({
      access: "ai_provider:read",
      async handle({ ctx, params }) {
        const { row, granted } = await grantProvider(ctx, "ai_provider:read", params.idOrName);
        const [provider] = await withKeys(db, [row]);
        return { status: 200, granted, body: toApiProvider(provider ?? { ...row, keys: [] }) };
      },
    }),
    route(endpoints.ai.updateAiProvider)({
      access: "ai_provider:update",
      async handle({ ctx, params, body }) {
        refuseProviderChange(body);
        const { granted } = await grantProvider(ctx, "ai_provider:update", params.idOrName);
        return { status: 200, granted, body: toApiProvider(await updateProvider(ctx, deps, granted, body)) };
      },
    }),
    route(endpoints.ai.deleteAiProvider)({
      access: "ai_provider:delete",
      async handle({ ctx, params }) {
        const { granted } = await grantProvider(ctx, "ai_provider:delete", params.idOrName);
        await deleteProvider(ctx, deps, granted);
        return { status: 204, granted, body: undefined };
      },
    }),
  ];
}

/** That there are such things is no secret, as the reference has it. @throws ApiError `forbidden` */
function grantOrForbid<A extends ProviderAction, O extends ResourceObject>(
  ctx: Context,
  action: A,
  object: O,
): Granted<A, O> {
  const granted = grantIf(ctx, action, object);
  if (granted !== undefined) return granted;
  throw new ApiError("forbidden", "Providers of AI models are for owners of this deployment: ask one of them.");
}
