import { endpoints } from "@hearth/sdk";
import { authorize, authorizeList, type Context } from "../../access/index.ts";
import { route, userOf, type Route } from "../../ground/http/index.ts";
import { getOrganization } from "../../identity/index.ts";
import type { AiDeps } from "../deps.ts";
import { findProviderKeys } from "../keys/user-keys-store.ts";
import { findAllProviders } from "../providers/providers-store.ts";
import { createModel, deleteModel, updateModel } from "./edit-models.ts";
import { toApiModelsByType } from "./list-usable.ts";
import { refuseModelFaults } from "./model-faults.ts";
import { authorizeNewModel, getModel } from "./model-routes.ts";
import { listModels, modelObject, type ModelRow } from "./models-store.ts";
import { toApiModelConfig } from "./to-api-model.ts";

/** The models of the default organization, at the addresses that clients before 2.37 know. */
export function defaultOrganizationRoutes(deps: AiDeps): Route[] {
  const { db } = deps;
  const load = ({ ctx }: { ctx: Context }) => getOrganization(ctx, db, "default");
  const loadModel = ({ ctx, params }: { ctx: Context; params: { readonly model: string } }) =>
    getModel(ctx, deps, { organization: "default", model: params.model });

  /** With the type of its provider, also of one that was deleted meanwhile. */
  async function shown(models: readonly ModelRow[]) {
    const types = new Map((await findAllProviders(db)).map(({ id, type }) => [id, type]));
    return models.map((row) => toApiModelConfig(row, types.get(row.ai_provider_id) ?? ""));
  }

  async function shownOne(model: ModelRow) {
    const [one] = await shown([model]);
    return one ?? toApiModelConfig(model, "");
  }

  return [
    route(endpoints.ai.listChatModels)({
      access: "chat_model_config:read",
      load,
      async handle({ ctx, loaded: { id } }) {
        const granted = authorizeList(ctx, "chat_model_config:read");
        const models = await listModels(db, granted, id);
        const all = await findProviderKeys(db, userOf(granted).userId);
        return { status: 200, granted, body: toApiModelsByType(models, all) };
      },
    }),
    route(endpoints.ai.listChatModelConfigs)({
      access: "chat_model_config:read",
      load,
      async handle({ ctx, loaded: { id } }) {
        const granted = authorizeList(ctx, "chat_model_config:read");
        return { status: 200, granted, body: await shown(await listModels(db, granted, id)) };
      },
    }),
    route(endpoints.ai.createChatModelConfig)({
      access: "chat_model_config:create",
      load,
      async handle({ ctx, loaded: { id }, body }) {
        refuseModelFaults(body);
        const granted = authorizeNewModel(ctx, id);
        return { status: 201, granted, body: await shownOne(await createModel(ctx, deps, granted, body)) };
      },
    }),
    route(endpoints.ai.updateChatModelConfig)({
      access: "chat_model_config:update",
      load: loadModel,
      async handle({ ctx, loaded, body }) {
        refuseModelFaults(body);
        const granted = authorize(ctx, "chat_model_config:update", modelObject(loaded));
        return { status: 200, granted, body: await shownOne(await updateModel(ctx, deps, granted, body)) };
      },
    }),
    route(endpoints.ai.deleteChatModelConfig)({
      access: "chat_model_config:delete",
      load: loadModel,
      async handle({ ctx, loaded }) {
        const granted = authorize(ctx, "chat_model_config:delete", modelObject(loaded));
        await deleteModel(ctx, deps, granted);
        return { status: 204, granted, body: undefined };
      },
    }),
  ];
}
