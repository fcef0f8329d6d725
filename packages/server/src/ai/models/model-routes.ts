import { ApiError, endpoints, type ChatModelACL } from "@hearth/sdk";
import {
  authorize,
  authorizeList,
  notFoundMessage,
  type Context,
  type Granted,
  type Thing,
} from "../../access/index.ts";
import { parseUuid, route, userOf, type Route } from "../../ground/http/index.ts";
import { getOrganization, listAvailable, listShared, toApiUser } from "../../identity/index.ts";
import type { AiDeps } from "../deps.ts";
import { findProviderKeys } from "../keys/user-keys-store.ts";
import { createModel, deleteModel, updateModel } from "./edit-models.ts";
import { providersFor, toApiDescriptor, unsupportedOf } from "./list-usable.ts";
import { refuseModelFaults } from "./model-faults.ts";
import { findModel, listModels, modelObject, type ModelRow } from "./models-store.ts";
import { shareModel } from "./share-models.ts";
import { toApiModel } from "./to-api-model.ts";

type FoundModel = ModelRow & { readonly granted: Granted<"chat_model_config:read", Thing> };
type ModelParams = { readonly organization: string; readonly model: string };

/** The models of an organization: its members use those that they were given, its admins change them. */
export function modelRoutes(deps: AiDeps): Route[] {
  const { db } = deps;
  const load = async ({ ctx, params }: { ctx: Context; params: ModelParams }) => await getModel(ctx, deps, params);

  return [
    route(endpoints.ai.listOrganizationChatModels)({
      access: "chat_model_config:read",
      load: ({ ctx, params }) => getOrganization(ctx, db, params.organization),
      async handle({ ctx, loaded: { id } }) {
        const granted = authorizeList(ctx, "chat_model_config:read");
        const models = await listModels(db, granted, id);
        const all = await findProviderKeys(db, userOf(granted).userId);
        const providers = providersFor(ctx, id, models, all);
        const body = {
          models: models.map(toApiModel),
          providers: providers.map(toApiDescriptor),
          unsupported_providers: unsupportedOf(providers),
        };
        return { status: 200, granted, body };
      },
    }),
    route(endpoints.ai.createOrganizationChatModel)({
      access: "chat_model_config:create",
      load: ({ ctx, params }) => getOrganization(ctx, db, params.organization),
      async handle({ ctx, loaded: { id }, body }) {
        refuseModelFaults(body);
        const granted = authorizeNewModel(ctx, id);
        return { status: 201, granted, body: toApiModel(await createModel(ctx, deps, granted, body)) };
      },
    }),
    route(endpoints.ai.getOrganizationChatModel)({
      access: "chat_model_config:read",
      load,
      handle: ({ loaded }) => ({ status: 200, granted: loaded.granted, body: toApiModel(loaded) }),
    }),
    route(endpoints.ai.updateOrganizationChatModel)({
      access: "chat_model_config:update",
      load,
      async handle({ ctx, loaded, body }) {
        refuseModelFaults(body);
        const granted = authorize(ctx, "chat_model_config:update", modelObject(loaded));
        return { status: 200, granted, body: toApiModel(await updateModel(ctx, deps, granted, body)) };
      },
    }),
    route(endpoints.ai.deleteOrganizationChatModel)({
      access: "chat_model_config:delete",
      load,
      async handle({ ctx, loaded }) {
        const granted = authorize(ctx, "chat_model_config:delete", modelObject(loaded));
        await deleteModel(ctx, deps, granted);
        return { status: 204, granted, body: undefined };
      },
    }),
    route(endpoints.ai.getChatModelAcl)({
      access: "chat_model_config:update",
      load,
      async handle({ ctx, loaded }) {
        const granted = authorize(ctx, "chat_model_config:update", modelObject(loaded));
        const { users, groups } = await listShared(ctx, db, granted, loaded, readerOf);
        const body: ChatModelACL = {
          users: users.map(({ role, ...user }) => ({ ...toApiUser(user), role })),
          groups: [...groups],
        };
        return { status: 200, granted, body };
      },
    }),
    route(endpoints.ai.updateChatModelAcl)({
      access: "chat_model_config:update",
      load,
      async handle({ ctx, loaded, body }) {
        const granted = authorize(ctx, "chat_model_config:update", modelObject(loaded));
        await shareModel(ctx, deps, granted, body);
        return { status: 204, granted, body: undefined };
      },
    }),
    route(endpoints.ai.listAvailableForChatModel)({
      access: "chat_model_config:update",
      load,
      async handle({ ctx, loaded, query }) {
        const granted = authorize(ctx, "chat_model_config:update", modelObject(loaded));
        return { status: 200, granted, body: await listAvailable(ctx, db, granted, loaded.organization_id, query) };
      },
    }),
  ];
}

/** The right to add a model: who may use models of the organization is told that it may not add any. */
export function authorizeNewModel(ctx: Context, organizationId: string) {
  return authorize(ctx, "chat_model_config:create", {
    organizationId,
    groupAcl: { [organizationId]: ["read"] },
  });
}

/** The model of a path, for whoever may use it. @throws ApiError `malformed_id`, `not_found` */
export async function getModel(ctx: Context, { db }: Pick<AiDeps, "db">, params: ModelParams): Promise<FoundModel> {
  const { id: organizationId } = await getOrganization(ctx, db, params.organization);
  const row = await findModel(db, { id: parseUuid(params.model), organizationId });
  if (row === undefined) throw new ApiError("not_found", notFoundMessage);
  return { ...row, granted: authorize(ctx, "chat_model_config:read", modelObject(row)) };
}

function readerOf(words: readonly string[] | undefined): "read" | undefined {
  return words?.includes("read") === true ? "read" : undefined;
}
