import { randomUUID } from "node:crypto";
import type { Clock } from "@hearth/base";
import { ApiError, type CreateUserSecretRequest, type UpdateUserSecretRequest } from "@hearth/sdk";
import { notFoundMessage, type Context, type Granted, type Thing } from "../../access/index.ts";
import { recordCredentialChange } from "../../audit/index.ts";
import { transaction, violatedUnique, type Db, type Tx } from "../../ground/database/index.ts";
import type { PubSub } from "../../ground/pubsub/index.ts";
import { refuseFaults } from "../names.ts";
import { seal } from "../sealed.ts";
import {
  faultOfAll,
  faultOfDescription,
  faultOfEnvName,
  faultOfFilePath,
  faultOfSecretName,
  faultOfValue,
} from "./faults.ts";
import { placeOfSecret } from "./open-secrets.ts";
import type { SecretRow } from "./secrets-store.ts";

export interface SecretDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly pubsub: PubSub;
  readonly sealKey: Buffer;
}

/** @throws ApiError `validation_failed` for what no secret can be */
export function refuseNewSecret(request: CreateUserSecretRequest): void {
  refuseFaults([
    ["name", faultOfSecretName(request.name)],
    ["value", faultOfValue(request.value)],
    ...faultsOfPlaces(request),
  ]);
}

/** @throws ApiError `validation_failed` for what no secret can become, and for a change of nothing */
export function refuseSecretChange(request: UpdateUserSecretRequest): void {
  const { value, description, env_name: envName, file_path: filePath } = request;
  if ([value, description, envName, filePath].every((field) => field === undefined)) {
    throw new ApiError("validation_failed", "At least one field must be provided.");
  }
  refuseFaults([["value", value === undefined ? undefined : faultOfValue(value)], ...faultsOfPlaces(request)]);
}

function faultsOfPlaces(request: UpdateUserSecretRequest): [field: string, fault: string | undefined][] {
  return [
    ["description", faultOfDescription(request.description ?? "")],
    ["env_name", faultOfEnvName(request.env_name ?? "")],
    ["file_path", faultOfFilePath(request.file_path ?? "")],
  ];
}

/**
 * Keeps a secret of the user. @throws ApiError `name_taken` where the user has one of that name, variable or path;
 * `validation_failed` for more than a user may keep; `not_found` for one who is gone
 */
export async function createSecret(
  ctx: Context,
  { db, clock, pubsub, sealKey }: SecretDeps,
  { object: { ownerId: userId } }: Granted<"user_secret:create", { readonly ownerId: string }>,
  request: CreateUserSecretRequest,
): Promise<SecretRow> {
  const id = randomUUID();
  try {
    return await transaction(ctx, db, { name: "create_user_secret", clock }, async (tx) => {
      await lockSecretsOf(tx, userId);
      const now = new Date(clock.now());
      const row = await tx
        .insertInto("user_secrets")
        .values({
          id,
          user_id: userId,
          name: request.name,
          description: request.description ?? "",
          env_name: request.env_name ?? "",
          file_path: request.file_path ?? "",
          value_bytes: Buffer.byteLength(request.value),
          created_at: now,
          updated_at: now,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      const sealed = seal(sealKey, request.value, placeOfSecret(id));
      await tx.insertInto("user_secret_values").values({ user_secret_id: id, sealed }).execute();
      await refuseTooMuch(tx, userId);
      await record(tx, pubsub, row, { action: "user_secret_created", nowMs: now.getTime() });
      return row;
    });
  } catch (error) {
    throw asTaken(error);
  }
}

/** Changes what is given of it, and leaves the rest. @throws ApiError as {@link createSecret} */
export async function updateSecret(
  ctx: Context,
  { db, clock, pubsub, sealKey }: SecretDeps,
  { object: { id, ownerId: userId } }: Granted<"user_secret:update", Thing & { readonly ownerId: string }>,
  { value, ...request }: UpdateUserSecretRequest,
): Promise<SecretRow> {
  try {
    return await transaction(ctx, db, { name: "update_user_secret", clock }, async (tx) => {
      await lockSecretsOf(tx, userId);
      const nowMs = clock.now();
      const row = await tx
        .updateTable("user_secrets")
        .set({
          // What is not given stays as it is.
          description: request.description,
          env_name: request.env_name,
          file_path: request.file_path,
          value_bytes: value === undefined ? undefined : Buffer.byteLength(value),
          updated_at: new Date(nowMs),
        })
        .where("id", "=", id)
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) throw new ApiError("not_found", notFoundMessage);
      if (value !== undefined) {
        const sealed = seal(sealKey, value, placeOfSecret(id));
        await tx.updateTable("user_secret_values").set({ sealed }).where("user_secret_id", "=", id).execute();
        await refuseTooMuch(tx, userId);
      }
      const given = Object.entries({ ...request, value }).filter(([, field]) => field !== undefined);
      const changed = given.map(([name]) => name).toSorted();
      await record(tx, pubsub, row, { action: "user_secret_changed", changed, nowMs });
      return row;
    });
  } catch (error) {
    throw asTaken(error);
  }
}

/** No workspace gets it from then on; what runs keeps what it was given. */
export async function deleteSecret(
  ctx: Context,
  { db, clock, pubsub }: Omit<SecretDeps, "sealKey">,
  { object: { id } }: Granted<"user_secret:delete", Thing>,
): Promise<void> {
  await transaction(ctx, db, { name: "delete_user_secret", clock }, async (tx) => {
    const row = await tx.deleteFrom("user_secrets").where("id", "=", id).returningAll().executeTakeFirst();
    if (row === undefined) return; // somebody else just did
    await record(tx, pubsub, row, { action: "user_secret_deleted", nowMs: clock.now() });
  });
}

/** Says who did it, to which secret of whom; not what is in it. */
async function record(
  tx: Tx,
  pubsub: PubSub,
  { id, name, user_id: userId }: SecretRow,
  change: Pick<CredentialRecord, "action" | "changed" | "nowMs">,
): Promise<void> {
  await recordCredentialChange(tx, pubsub, { ...change, user: { id: userId }, credential: { id, name } });
}

type CredentialRecord = Parameters<typeof recordCredentialChange>[2];

/** With a user, in its transaction. */
export async function forgetSecrets(tx: Tx, { object: { id } }: Granted<"user:delete", Thing>): Promise<void> {
  await tx.deleteFrom("user_secrets").where("user_id", "=", id).execute();
}

/** One change of a user's secrets at a time, or two could keep together what neither may. @throws ApiError `not_found` */
async function lockSecretsOf(tx: Tx, userId: string): Promise<void> {
  const user = await tx
    .selectFrom("users")
    .select("id")
    .where("id", "=", userId)
    .where((eb) => eb.not("deleted"))
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (user === undefined) throw new ApiError("not_found", notFoundMessage);
}

async function refuseTooMuch(tx: Tx, userId: string): Promise<void> {
  const kept = await tx
    .selectFrom("user_secrets")
    .select((eb) => [eb.fn.countAll<number>().as("count"), eb.fn.sum<number>("value_bytes").as("bytes")])
    .where("user_id", "=", userId)
    .executeTakeFirstOrThrow();
  const fault = faultOfAll({ count: Number(kept.count), bytes: Number(kept.bytes) });
  if (fault !== undefined) refuseFaults([fault]);
}

const taken: Readonly<Record<string, string>> = {
  user_secrets_user_id_name_key: "name",
  user_secrets_user_id_env_name_key: "env_name",
  user_secrets_user_id_file_path_key: "file_path",
};

function asTaken(error: unknown): unknown {
  const field = taken[violatedUnique(error) ?? ""];
  if (field === undefined) return error;
  return new ApiError("name_taken", `You have a secret with that ${words[field] ?? field} already.`, {
    validations: [{ field, detail: "This value is already in use and should be unique." }],
    cause: error,
  });
}

const words: Readonly<Record<string, string>> = { env_name: "environment variable", file_path: "file path" };
