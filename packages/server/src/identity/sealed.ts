import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { ApiError } from "@hearth/sdk";
import type { Db, Tx } from "../ground/database/index.ts";

/** Secrets of one deployment: made once, kept in the database, never logged. */
export type DeploymentKeyName = "seal" | "relay" | "agent_tokens";

/** The key of this name, made at the first call. Replicas that ask at once get the same one. */
export async function deploymentKey(db: Db | Tx, name: DeploymentKeyName, nowMs: number): Promise<Buffer> {
  const known = await findKey(db, name);
  if (known !== undefined) return known;
  await db
    .insertInto("deployment_keys")
    .values({ name, secret: randomBytes(32), created_at: new Date(nowMs) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const made = await findKey(db, name);
  if (made === undefined) throw new Error(`The deployment's key "${name}" was not stored.`);
  return made;
}

async function findKey(db: Db | Tx, name: DeploymentKeyName): Promise<Buffer | undefined> {
  const row = await db.selectFrom("deployment_keys").select("secret").where("name", "=", name).executeTakeFirst();
  return row?.secret;
}

const nonceBytes = 12;
const tagBytes = 16;

/** Something sealed cannot be opened. The message says what, and what to do. */
export class SealError extends ApiError {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super("seal_broken", message, options);
  }
}

/**
 * AES-256-GCM: nonce (12), tag (16), then the sealed bytes. `place` says where they are kept, as people would call it, and
 * is sealed with them: moved to another row they do not open.
 */
export function seal(key: Buffer, content: string | Uint8Array, place = ""): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(place));
  const sealed = Buffer.concat([cipher.update(content), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

/** @throws SealError when the key is another one, the bytes were changed, or they were sealed for another place. */
export function unsealBytes(key: Buffer, sealed: Buffer, place = ""): Buffer {
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, nonceBytes)).setAAD(Buffer.from(place));
    decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes + tagBytes)), decipher.final()]);
  } catch (error) {
    const what = place === "" ? "A secret" : `What is sealed as "${place}"`;
    throw new SealError(
      `${what} cannot be opened with this deployment's key: its row was changed, or comes from another deployment. Restore it together with the table deployment_keys, from one backup.`,
      { cause: error },
    );
  }
}

/** The same for what was a text. */
export function unseal(key: Buffer, sealed: Buffer, place = ""): string {
  return unsealBytes(key, sealed, place).toString("utf8");
}
