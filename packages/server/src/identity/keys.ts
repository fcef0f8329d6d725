import { createHash, randomInt, timingSafeEqual } from "node:crypto";
import type { Selectable } from "kysely";
import type { Granted } from "../access/index.ts";
import type { Db, Tables, Tx } from "../ground/database/index.ts";

export type KeyRow = Selectable<Tables["api_keys"]>;

const idLength = 10;
const secretLength = 22;
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** A key that was never used was last used here. @see spec/api.md §1, "Times" */
export const neverUsed = new Date(0);

/** Whether a text has the form `<10 characters>-<22 characters>`. */
export function splitKey(key: string): { id: string; secret: string } | undefined {
  const match = /^([A-Za-z0-9]{10})-([A-Za-z0-9]{22})$/.exec(key);
  return match === null ? undefined : { id: match[1] ?? "", secret: match[2] ?? "" };
}

export function hashSecret(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

/** In constant time. */
export function isSecretOf(row: Pick<KeyRow, "hashed_secret">, secret: string): boolean {
  const hash = hashSecret(secret);
  return hash.length === row.hashed_secret.length && timingSafeEqual(hash, row.hashed_secret);
}

export interface NewKey {
  readonly loginType: "password" | "token";
  readonly lifetimeSeconds: number;
  readonly tokenName?: string;
  readonly scopes?: readonly string[];
  readonly scope?: string;
  readonly allowList?: readonly string[];
  readonly nowMs: number;
}

/** Makes a key of the user whose it is to be; the clear text is given once and stored nowhere. */
export async function insertKey(
  db: Db | Tx,
  granted: Granted<"api_key:create", { readonly ownerId: string }>,
  key: NewKey,
): Promise<{ key: string; row: KeyRow }> {
  const id = randomText(idLength);
  const secret = randomText(secretLength);
  const now = new Date(key.nowMs);
  const row = await db
    .insertInto("api_keys")
    .values({
      id,
      user_id: granted.object.ownerId,
      hashed_secret: hashSecret(secret),
      login_type: key.loginType,
      token_name: key.tokenName ?? "",
      scopes: [...(key.scopes ?? ["coder:all"])],
      scope: key.scope ?? "all",
      allow_list: [...(key.allowList ?? ["*:*"])],
      lifetime_seconds: key.lifetimeSeconds,
      last_used: neverUsed,
      expires_at: new Date(key.nowMs + key.lifetimeSeconds * 1000),
      created_at: now,
      updated_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return { key: `${id}-${secret}`, row };
}

/** Letters and digits from the system's random source. */
export function randomText(length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
}
