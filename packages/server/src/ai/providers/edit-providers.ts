import { randomUUID } from "node:crypto";
import { ApiError, type AIProviderKeyMutation, type UpdateAIProviderRequest } from "@hearth/sdk";
import { notFoundMessage, type Context, type Granted, type Thing } from "../../access/index.ts";
import { transaction, violatedUnique, type Tx } from "../../ground/database/index.ts";
import type { AiDeps } from "../deps.ts";
import { maskedKey } from "../keys/api-key.ts";
import { sealCentralKey } from "../keys/sealed-keys.ts";
import { deleteModelsOf } from "../models/edit-models.ts";
import { refuseChangedProvider, type NewProvider } from "./provider-faults.ts";
import { withKeys, type ProviderRow, type ProviderWithKeys } from "./providers-store.ts";

/** Keeps a provider with its keys. @throws ApiError `name_taken` */
export async function createProvider(
  ctx: Context,
  { db, clock, sealKey }: AiDeps,
  _granted: Granted<"ai_provider:create">,
  request: NewProvider,
): Promise<ProviderWithKeys> {
  try {
    return await transaction(ctx, db, { name: "create_ai_provider", clock }, async (tx) => {
      const now = new Date(clock.now());
      const row = await tx
        .insertInto("ai_providers")
        .values({
          id: randomUUID(),
          type: request.type,
          name: request.name,
          display_name: request.display_name ?? request.name,
          icon: request.icon ?? "",
          enabled: request.enabled ?? true,
          base_url: request.base_url,
          settings: JSON.stringify(request.settings ?? null),
          central_api_key_enabled: request.central_api_key_enabled,
          allow_user_api_key: request.allow_user_api_key,
          allow_central_api_key_fallback: request.allow_central_api_key_fallback,
          created_at: now,
          updated_at: now,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      for (const [position, apiKey] of (request.api_keys ?? []).entries()) {
        await addKey(tx, sealKey, { providerId: row.id, apiKey, position, now });
      }
      return await withItsKeys(tx, row);
    });
  } catch (error) {
    if (violatedUnique(error) !== "ai_providers_name_key") throw error;
    throw new ApiError("name_taken", `There is a provider named "${request.name}" already.`, {
      validations: [{ field: "name", detail: "This value is already in use and should be unique." }],
      cause: error,
    });
  }
}

/** Changes what is given, and leaves the rest. @throws ApiError `not_found`, `validation_failed` */
export async function updateProvider(
  ctx: Context,
  { db, clock, sealKey }: AiDeps,
  { object: { id } }: Granted<"ai_provider:update", Thing>,
  { api_keys: keys, settings, ...request }: UpdateAIProviderRequest,
): Promise<ProviderWithKeys> {
  return await transaction(ctx, db, { name: "update_ai_provider", clock }, async (tx) => {
    const before = await lockProvider(tx, id);
    const policy = {
      central_api_key_enabled: request.central_api_key_enabled ?? before.central_api_key_enabled,
      allow_user_api_key: request.allow_user_api_key ?? before.allow_user_api_key,
    };
    refuseChangedProvider(before.type, policy, settings);
    const now = new Date(clock.now());
    const row = await tx
      .updateTable("ai_providers")
      .set({
        display_name: request.display_name,
        icon: request.icon,
        enabled: request.enabled,
        base_url: request.base_url,
        settings: settings === undefined ? undefined : JSON.stringify(settings),
        ...policy,
        allow_central_api_key_fallback: request.allow_central_api_key_fallback,
        updated_at: now,
      })
      .where("id", "=", id)
      .returningAll()
      .executeTakeFirstOrThrow();
    if (keys !== undefined) await changeKeys(tx, sealKey, row, keys, now);
    return await withItsKeys(tx, row);
  });
}

/** It and its models are kept for what was said by them; its keys are not. */
export async function deleteProvider(
  ctx: Context,
  { db, clock }: AiDeps,
  granted: Granted<"ai_provider:delete", Thing>,
): Promise<void> {
  const { id } = granted.object;
  await transaction(ctx, db, { name: "delete_ai_provider", clock }, async (tx) => {
    await lockProvider(tx, id);
    await deleteModelsOf(tx, granted, clock.now());
    await tx.deleteFrom("ai_provider_keys").where("ai_provider_id", "=", id).execute();
    await tx.deleteFrom("user_ai_provider_keys").where("ai_provider_id", "=", id).execute();
    await tx
      .updateTable("ai_providers")
      .set({ deleted: true, updated_at: new Date(clock.now()) })
      .where("id", "=", id)
      .execute();
  });
}

async function lockProvider(tx: Tx, id: string): Promise<ProviderRow> {
  const row = await tx
    .selectFrom("ai_providers")
    .selectAll()
    .where("id", "=", id)
    .where((eb) => eb.not("deleted"))
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) throw new ApiError("not_found", notFoundMessage);
  return row;
}

/** The list is the whole of it: what it does not name goes. */
async function changeKeys(
  tx: Tx,
  sealKey: Buffer,
  provider: ProviderRow,
  wanted: readonly AIProviderKeyMutation[],
  now: Date,
): Promise<void> {
  const { keys } = await withItsKeys(tx, provider);
  const known = new Set(keys.map(({ id }) => id));
  const kept = wanted.flatMap(({ id }) => (id === undefined ? [] : [id.toLowerCase()]));
  const unknown = kept.find((id) => !known.has(id));
  if (unknown !== undefined) {
    throw new ApiError("validation_failed", "Invalid AI provider request.", {
      validations: [{ field: "api_keys", detail: `"${unknown}" is no key of this provider` }],
    });
  }
  const gone = [...known].filter((id) => !kept.includes(id));
  if (gone.length > 0) await tx.deleteFrom("ai_provider_keys").where("id", "in", gone).execute();
  let position = Math.max(-1, ...keys.map((key) => key.position));
  for (const { id, api_key: apiKey } of wanted) {
    if (apiKey === undefined) continue;
    if (id === undefined) await addKey(tx, sealKey, { providerId: provider.id, apiKey, position: ++position, now });
    else {
      const keyId = id.toLowerCase();
      await tx
        .updateTable("ai_provider_keys")
        .set({ sealed: sealCentralKey(sealKey, keyId, apiKey), masked: maskedKey(apiKey) })
        .where("id", "=", keyId)
        .execute();
    }
  }
}

async function addKey(
  tx: Tx,
  sealKey: Buffer,
  {
    providerId,
    apiKey,
    position,
    now,
  }: { readonly providerId: string; readonly apiKey: string; readonly position: number; readonly now: Date },
): Promise<void> {
  const id = randomUUID();
  await tx
    .insertInto("ai_provider_keys")
    .values({
      id,
      ai_provider_id: providerId,
      sealed: sealCentralKey(sealKey, id, apiKey),
      masked: maskedKey(apiKey),
      position,
      created_at: now,
    })
    .execute();
}

async function withItsKeys(tx: Tx, row: ProviderRow): Promise<ProviderWithKeys> {
  const [provider] = await withKeys(tx, [row]);
  return provider ?? { ...row, keys: [] };
}
