import {
  ApiError,
  ChatModelOverrideContext,
  ChatPersonalModelOverrideContext,
  endpoints,
  type ChatModelOverrideResponse,
  type ChatPersonalModelOverride,
  type ReasoningEffort,
} from "@hearth/sdk";
import { authorize, can, notFoundMessage, type Context } from "../../access/index.ts";
import { findUuid, givenId, route, type Route } from "../../ground/http/index.ts";
import { getOrganization, getUser } from "../../identity/index.ts";
import type { AiDeps } from "../deps.ts";
import { findModel, modelObject } from "../models/models-store.ts";
import type { Override } from "./choose-override.ts";
import {
  findOrganizationOverrides,
  findUserOverrides,
  putOrganizationOverride,
  putUserOverride,
  type OrganizationOverrideRow,
  type UserOverrideRow,
} from "./overrides-store.ts";

/** Which models are used for what: an organization's by its admins, a member's by the member. */
export function overrideRoutes(deps: AiDeps): Route[] {
  const { db } = deps;
  const loadMember = async ({ ctx, params }: { ctx: Context; params: { organization: string; user: string } }) => {
    const { id: organizationId } = await getOrganization(ctx, db, params.organization);
    const user = await getUser(ctx, db, params.user);
    if (!user.organization_ids.includes(organizationId)) throw new ApiError("not_found", notFoundMessage);
    return { organizationId, user };
  };

  /** @throws ApiError `validation_failed` for what is no model of the organization, or may not be used */
  async function overrideOf(
    ctx: Context,
    organizationId: string,
    request: {
      readonly model_config_id?: string | undefined;
      readonly reasoning_effort?: ReasoningEffort | "" | undefined;
    },
  ): Promise<Override | undefined> {
    const id = givenId(request.model_config_id);
    if (id === undefined) return undefined;
    const row = findUuid(id) !== undefined ? await findModel(db, { id, organizationId }) : undefined;
    if (row === undefined || !can(ctx, "chat_model_config:read", modelObject(row))) {
      throw new ApiError("validation_failed", "Invalid model override.", {
        validations: [{ field: "model_config_id", detail: "there is no such model in the organization" }],
      });
    }
    return {
      modelConfigId: row.id,
      effort: request.reasoning_effort === "" ? null : (request.reasoning_effort ?? null),
    };
  }

  return [
    route(endpoints.ai.listChatModelOverrides)({
      access: "chat_model_config:update",
      load: ({ ctx, params }) => getOrganization(ctx, db, params.organization),
      async handle({ ctx, loaded: { id } }) {
        const granted = authorizeModels(ctx, id);
        const rows = await findOrganizationOverrides(db, id);
        const overrides = ChatModelOverrideContext.options.map((context) => toApiOverride(context, rows));
        return { status: 200, granted, body: { overrides } };
      },
    }),
    route(endpoints.ai.putChatModelOverride)({
      access: "chat_model_config:update",
      load: ({ ctx, params }) => getOrganization(ctx, db, params.organization),
      async handle({ ctx, loaded: { id }, params, body }) {
        const context = contextOf(ChatModelOverrideContext, params.context);
        const granted = authorizeModels(ctx, id);
        await putOrganizationOverride(deps, granted, context, await overrideOf(ctx, id, body));
        return { status: 200, granted, body: toApiOverride(context, await findOrganizationOverrides(db, id)) };
      },
    }),
    route(endpoints.ai.listPersonalModelOverrides)({
      access: "user:read_personal",
      load: loadMember,
      async handle({ ctx, loaded: { organizationId, user } }) {
        const granted = authorize(ctx, "user:read_personal", { id: user.id, ownerId: user.id });
        const rows = await findUserOverrides(db, { organizationId, userId: user.id });
        const defaults = await findOrganizationOverrides(db, organizationId);
        return {
          status: 200,
          granted,
          body: {
            enabled: true,
            root: toApiPersonal("root", rows),
            general: toApiPersonal("general", rows),
            explore: toApiPersonal("explore", rows),
            deployment_defaults: {
              general: toApiOverride("general", defaults),
              explore: toApiOverride("explore", defaults),
            },
          },
        };
      },
    }),
    route(endpoints.ai.putPersonalModelOverride)({
      access: "user:update_personal",
      load: loadMember,
      async handle({ ctx, loaded: { organizationId, user }, params, body }) {
        const context = contextOf(ChatPersonalModelOverrideContext, params.context);
        const granted = authorize(ctx, "user:update_personal", { id: user.id, ownerId: user.id });
        const override = body.mode === "model" ? await overrideOf(ctx, organizationId, body) : undefined;
        if (body.mode === "model" && override === undefined) {
          throw new ApiError("validation_failed", "Invalid model override.", {
            validations: [{ field: "model_config_id", detail: 'is required with the mode "model"' }],
          });
        }
        await putUserOverride(deps, granted, { organizationId, context }, { mode: body.mode, override });
        const rows = await findUserOverrides(db, { organizationId, userId: user.id });
        return { status: 200, granted, body: toApiPersonal(context, rows) };
      },
    }),
  ];
}

/** Who may use models of the organization is told that it may not choose for all. */
function authorizeModels(ctx: Context, organizationId: string) {
  return authorize(ctx, "chat_model_config:update", { organizationId, groupAcl: { [organizationId]: ["read"] } });
}

/** @throws ApiError `validation_failed` for a purpose that nothing asks for */
function contextOf<Word extends string>(words: { readonly options: readonly Word[] }, text: string): Word {
  const word = words.options.find((option) => option === text);
  if (word !== undefined) return word;
  throw new ApiError("validation_failed", "Invalid model override.", {
    validations: [{ field: "context", detail: `must be one of ${words.options.join(", ")}` }],
  });
}

function toApiOverride(
  context: ChatModelOverrideContext,
  rows: readonly OrganizationOverrideRow[],
): ChatModelOverrideResponse {
  const row = rows.find((one) => one.context === context);
  return { context, model_config_id: row?.model_config_id ?? "", reasoning_effort: row?.reasoning_effort ?? "" };
}

function toApiPersonal(
  context: ChatPersonalModelOverrideContext,
  rows: readonly UserOverrideRow[],
): ChatPersonalModelOverride {
  const row = rows.find((one) => one.context === context);
  return {
    context,
    is_set: row !== undefined,
    mode: row?.mode ?? (context === "root" ? "chat_default" : "deployment_default"),
    model_config_id: row?.model_config_id ?? "",
    reasoning_effort: row?.reasoning_effort ?? "",
  };
}
