import { ApiError } from "@hearth/sdk";
import { notFoundMessage, type Granted, type Thing } from "../../access/index.ts";
import type { AiDeps } from "../deps.ts";
import { faultOfApiKey } from "./api-key.ts";
import { sealUserKey } from "./sealed-keys.ts";

/** A user's key: its id is the provider's. */
export type OfUser = Thing & { readonly ownerId: string };

/** @throws ApiError `validation_failed` */
export function refuseUserKey(apiKey: string): void {
  const fault = faultOfApiKey(apiKey);
  if (fault === undefined) return;
  throw new ApiError("validation_failed", "Validation failed.", { validations: [{ field: "api_key", detail: fault }] });
}

/** Keeps it in the place of the one that there was. */
export async function putUserKey(
  { db, clock, sealKey }: AiDeps,
  { object: { id: providerId, ownerId: userId } }: Granted<"user_secret:update", OfUser>,
  apiKey: string,
): Promise<void> {
  const sealed = sealUserKey(sealKey, { userId, providerId }, apiKey);
  const now = new Date(clock.now());
  await db
    .insertInto("user_ai_provider_keys")
    .values({ user_id: userId, ai_provider_id: providerId, sealed, created_at: now, updated_at: now })
    .onConflict((conflict) => conflict.columns(["user_id", "ai_provider_id"]).doUpdateSet({ sealed, updated_at: now }))
    .execute();
}

/** @throws ApiError `not_found` where there is none */
export async function deleteUserKey(
  { db }: AiDeps,
  { object: { id, ownerId } }: Granted<"user_secret:delete", OfUser>,
): Promise<void> {
  const { numDeletedRows } = await db
    .deleteFrom("user_ai_provider_keys")
    .where("user_id", "=", ownerId)
    .where("ai_provider_id", "=", id)
    .executeTakeFirstOrThrow();
  if (numDeletedRows === 0n) throw new ApiError("not_found", notFoundMessage);
}
