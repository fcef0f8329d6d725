import { randomUUID } from "node:crypto";
import { ApiError, type CreateChatModelRequest, type UpdateChatModelRequest } from "@hearth/sdk";
import { notFoundMessage, type Context, type Granted, type Thing } from "../../access/index.ts";
import { takeLockOf, transaction, type Tx } from "../../ground/database/index.ts";
import type { AiDeps } from "../deps.ts";
import { electDefault } from "./elect-default.ts";
import { everyoneReads, findModel, type ModelRow } from "./models-store.ts";

/** A model that is there, in its organization. */
export type OfOrganization = Thing & { readonly organizationId: string };

/** From so many tokens on, less of them is as much. */
const largeContext = 500_000;

/** How full a context is, in percent, when it is made smaller, where nothing else is said. @see spec "AI chat" §2 */
const defaultThreshold = (contextLimit: number): number => (contextLimit >= largeContext ? 30 : 70);

/** Keeps a model; the first of an organization is its default. @throws ApiError `validation_failed` for an unknown provider */
export async function createModel(
  ctx: Context,
  { db, clock }: AiDeps,
  { object: { organizationId } }: Granted<"chat_model_config:create", { readonly organizationId: string }>,
  request: CreateChatModelRequest,
): Promise<ModelRow> {
  return await transaction(ctx, db, { name: "create_chat_model", clock }, async (tx) => {
    await takeLockOf(tx, "chatModels", organizationId);
    await refuseUnknownProvider(tx, request.ai_provider_id);
    const now = new Date(clock.now());
    const id = randomUUID();
    await tx
      .insertInto("chat_model_configs")
      .values({
        id,
        organization_id: organizationId,
        ai_provider_id: request.ai_provider_id,
        model: request.model,
        display_name: request.display_name ?? request.model,
        enabled: request.enabled ?? true,
        is_default: false,
        context_limit: request.context_limit,
        compression_threshold: request.compression_threshold ?? defaultThreshold(request.context_limit),
        options: JSON.stringify(request.model_config ?? {}),
        group_acl: JSON.stringify(everyoneReads(organizationId)),
        created_at: now,
        updated_at: now,
      })
      .execute();
    await elect(tx, organizationId, request.is_default === true ? { promoted: id } : {});
    return await theModel(tx, { id, organizationId });
  });
}

/** Changes what is given, and leaves the rest. @throws ApiError `not_found`, `validation_failed` for an unknown provider */
export async function updateModel(
  ctx: Context,
  { db, clock }: AiDeps,
  { object: { id, organizationId } }: Granted<"chat_model_config:update", OfOrganization>,
  request: UpdateChatModelRequest,
): Promise<ModelRow> {
  return await transaction(ctx, db, { name: "update_chat_model", clock }, async (tx) => {
    await takeLockOf(tx, "chatModels", organizationId);
    await theModel(tx, { id, organizationId });
    if (request.ai_provider_id !== undefined) await refuseUnknownProvider(tx, request.ai_provider_id);
    await tx
      .updateTable("chat_model_configs")
      .set({
        ai_provider_id: request.ai_provider_id,
        model: request.model,
        display_name: request.display_name,
        enabled: request.enabled,
        context_limit: request.context_limit,
        compression_threshold: request.compression_threshold,
        options: request.model_config === undefined ? undefined : JSON.stringify(request.model_config),
        updated_at: new Date(clock.now()),
      })
      .where("id", "=", id)
      .execute();
    if (request.is_default === true) await elect(tx, organizationId, { promoted: id });
    if (request.is_default === false) await elect(tx, organizationId, { demoted: id });
    return await theModel(tx, { id, organizationId });
  });
}

/** Kept for what it said; where it was the default, another is. @throws ApiError `not_found` */
export async function deleteModel(
  ctx: Context,
  { db, clock }: AiDeps,
  { object: { id, organizationId } }: Granted<"chat_model_config:delete", OfOrganization>,
): Promise<void> {
  await transaction(ctx, db, { name: "delete_chat_model", clock }, async (tx) => {
    await takeLockOf(tx, "chatModels", organizationId);
    await theModel(tx, { id, organizationId });
    await tx
      .updateTable("chat_model_configs")
      .set({ deleted: true, is_default: false, updated_at: new Date(clock.now()) })
      .where("id", "=", id)
      .execute();
    await elect(tx, organizationId);
  });
}

/** With their provider, in its transaction: each organization has another default, where it has any. */
export async function deleteModelsOf(
  tx: Tx,
  { object: { id: providerId } }: Granted<"ai_provider:delete", Thing>,
  nowMs: number,
): Promise<void> {
  const found = await tx
    .selectFrom("chat_model_configs")
    .select("organization_id as id")
    .distinct()
    .where("ai_provider_id", "=", providerId)
    .where((eb) => eb.not("deleted"))
    .orderBy("organization_id")
    .execute();
  for (const { id } of found) await takeLockOf(tx, "chatModels", id);
  await tx
    .updateTable("chat_model_configs")
    .set({ deleted: true, is_default: false, updated_at: new Date(nowMs) })
    .where("ai_provider_id", "=", providerId)
    .where((eb) => eb.not("deleted"))
    .execute();
  for (const { id } of found) await elect(tx, id);
}

async function elect(tx: Tx, organizationId: string, wish: Parameters<typeof electDefault>[1] = {}): Promise<void> {
  const rows = await tx
    .selectFrom("chat_model_configs as m")
    .innerJoin("ai_providers as p", "p.id", "m.ai_provider_id")
    .select(["m.id", "m.enabled", "m.is_default", "m.created_at", "p.enabled as provider_enabled"])
    .where("m.organization_id", "=", organizationId)
    .where((eb) => eb.not("m.deleted"))
    .execute();
  const elected = electDefault(
    rows.map((row) => ({
      id: row.id,
      isUsable: row.enabled && row.provider_enabled,
      isDefault: row.is_default,
      createdAtMs: row.created_at.getTime(),
    })),
    wish,
  );
  const before = rows.filter((row) => row.is_default && row.id !== elected).map(({ id }) => id);
  // The one before the other: an index allows no two.
  if (before.length > 0) {
    await tx.updateTable("chat_model_configs").set({ is_default: false }).where("id", "in", before).execute();
  }
  if (elected !== undefined) {
    await tx.updateTable("chat_model_configs").set({ is_default: true }).where("id", "=", elected).execute();
  }
}

async function theModel(tx: Tx, by: { readonly id: string; readonly organizationId: string }): Promise<ModelRow> {
  const row = await findModel(tx, by);
  if (row === undefined) throw new ApiError("not_found", notFoundMessage);
  return row;
}

/** It is kept there until the transaction ends. */
async function refuseUnknownProvider(tx: Tx, id: string): Promise<void> {
  const row = await tx
    .selectFrom("ai_providers")
    .select("id")
    .where("id", "=", id.toLowerCase())
    .where((eb) => eb.not("deleted"))
    .forShare()
    .executeTakeFirst();
  if (row !== undefined) return;
  throw new ApiError("validation_failed", "Invalid model.", {
    validations: [{ field: "ai_provider_id", detail: "there is no such provider" }],
  });
}
