import { randomUUID } from "node:crypto";
import { ApiError } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import type { Ai } from "../ai/index.ts";
import { can, grantIf, type Context } from "../access/index.ts";
import { commitStatement, type Db } from "../ground/database/index.ts";
import { givenId, userOf } from "../ground/http/index.ts";
import { resolveOrganizationId } from "../identity/index.ts";
import { getWorkspace } from "../workspaces/index.ts";
import { fallbackTitle } from "./fallback-title.ts";
import type { ChatLimits } from "./limits.ts";
import { readContent, textOf } from "./messages/input.ts";
import type { NewMessage } from "./machine/index.ts";
import { announceApplied } from "./store/announce.ts";
import { createStatement, type CreateGrant, type NewChat } from "./store/create.ts";
import type { StoreDeps } from "./store/transition.ts";

export interface ChatDeps extends StoreDeps {
  readonly limits: ChatLimits;
  readonly models: Pick<Ai, "findUsableModel">;
}

export interface CreatedChat {
  readonly granted: CreateGrant;
  readonly id: string;
}

/**
 * Begins a chat with its first message: it runs from then on. One statement writes all of it.
 * @throws ApiError `not_found` for an organization that the caller does not know, `forbidden` for whoever may not chat
 *   there, `validation_failed`, `precondition_failed` without a model @see spec/chat.md §5.1
 */
export async function createChat(ctx: Context, deps: ChatDeps, request: api.CreateChatRequest): Promise<CreatedChat> {
  const { db, clock, pubsub, limits } = deps;
  const ownerId = userOf(ctx).userId;
  const organizationId = await resolveOrganizationId(ctx, db, request.organization_id);
  const granted = grantIf(ctx, "chat:create", { ownerId, organizationId });
  if (granted === undefined) {
    throw new ApiError("forbidden", "You may not chat in this organization: ask an admin for the role agents-access.");
  }
  const content = readContent(request.content);
  refuseLabels(request.labels ?? {}, limits);
  const title = readTitle(request.title, limits);
  refuseTools(request.unsafe_dynamic_tools ?? []);
  const modelConfigId = await usableModel(ctx, deps, { ownerId, organizationId }, request.model_config_id);
  const workspaceId = await usableWorkspace(ctx, db, granted.object, request.workspace_id);
  const chat: NewChat = {
    id: randomUUID(),
    title: title ?? fallbackTitle(textOf(content)),
    titleSource: title === undefined ? "fallback" : "user",
    clientType: request.client_type ?? "api",
    planMode: request.plan_mode ?? null,
    labels: request.labels ?? {},
    mcpServerIds: refuseServers(request.mcp_server_ids ?? []),
    dynamicTools: request.unsafe_dynamic_tools ?? null,
    modelConfigId,
    reasoningEffort: request.reasoning_effort ?? null,
    workspaceId,
    messages: [
      ...systemMessages(request.system_prompt, modelConfigId),
      { role: "user", content, created_by: ownerId, model_config_id: modelConfigId },
    ],
  };
  await commitStatement(
    ctx,
    db,
    { name: "create_chat", clock },
    { statement: createStatement(granted), params: { owner: granted.object, chat, nowMs: clock.now() } },
    ([row], committed) => row && announceApplied(committed, pubsub, row, { watch: "created" }),
  );
  return { granted, id: chat.id };
}

function systemMessages(prompt: string | undefined, modelConfigId: string): NewMessage[] {
  if (prompt === undefined || prompt.trim() === "") return [];
  const content = [{ type: "text", text: prompt }] as const;
  return [{ role: "system", content, visibility: "model", model_config_id: modelConfigId }];
}

/** The id of a model that the owner may use. @throws ApiError `validation_failed` for one named, `precondition_failed` for none */
export async function usableModel(
  ctx: Context,
  { models }: Pick<ChatDeps, "models">,
  { ownerId, organizationId }: CreateGrant["object"],
  named: string | undefined,
): Promise<string> {
  const modelConfigId = givenId(named);
  const model = await models.findUsableModel(ctx, { organizationId, ownerId, modelConfigId });
  if (model !== undefined) return model.id;
  if (modelConfigId === undefined) {
    throw new ApiError(
      "precondition_failed",
      "No default model is configured for this organization: an admin has to add a provider and a model.",
    );
  }
  throw fault("model_config_id", "is no model that you may use in this organization");
}

/** A workspace that the owner of the chat owns too, in its organization. */
export async function usableWorkspace(
  ctx: Context,
  db: Db,
  { ownerId, organizationId }: CreateGrant["object"],
  named: string | undefined,
): Promise<string | null> {
  const id = givenId(named);
  if (id === undefined) return null;
  const workspace = await getWorkspace(ctx, db, id);
  const isUsable = workspace.owner_id === ownerId && workspace.organization_id === organizationId && !workspace.deleted;
  if (!isUsable || !can(ctx, "workspace:read", workspace.granted.object)) {
    throw fault("workspace_id", "must be a workspace of yours in the chat's organization");
  }
  return workspace.id;
}

/** @throws ApiError `validation_failed`: too many labels */
export function refuseLabels(labels: Readonly<Record<string, string>>, limits: ChatLimits): void {
  const count = Object.keys(labels).length;
  if (count > limits.labels) throw fault("labels", `a chat has ${limits.labels} labels at most, not ${count}`);
  if (Object.keys(labels).some((key) => key.trim() === "")) throw fault("labels", "a label must have a key");
}

/** What was given, trimmed; undefined: nothing. @throws ApiError `validation_failed`: blank, or too long */
export function readTitle(title: string | undefined, limits: ChatLimits): string | undefined {
  if (title === undefined) return undefined;
  const trimmed = title.trim();
  if (trimmed === "") throw fault("title", "must not be blank");
  if (Array.from(trimmed).length > limits.titleLength)
    throw fault("title", `has ${limits.titleLength} characters at most`);
  return trimmed;
}

/** @throws ApiError `validation_failed`: there are none yet that could be named */
export function refuseServers(ids: readonly string[]): readonly string[] {
  const [first] = ids;
  if (first !== undefined) throw fault("mcp_server_ids", `"${first}" is no MCP server that is enabled`);
  return ids;
}

function refuseTools(tools: readonly api.DynamicTool[]): void {
  const names = tools.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw fault("unsafe_dynamic_tools", `two tools are called "${twice}"`);
}

function fault(field: string, detail: string): ApiError {
  return new ApiError("validation_failed", "Validation failed.", { validations: [{ field, detail }] });
}
