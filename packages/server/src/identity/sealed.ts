import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
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

/** AES-256-GCM: nonce (12), tag (16), then the sealed text. */
export function seal(key: Buffer, text: string): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

/** @throws Error when the key is another one, or the bytes were changed. */
export function unseal(key: Buffer, sealed: Buffer): string {
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, 12));
  decipher.setAuthTag(sealed.subarray(12, 28));
  return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]).toString("utf8");
}
