import { createHmac, randomBytes } from "node:crypto";
import type { Db, Tx } from "../../ground/database/index.ts";

const keyName = "agent_tokens";

/** The key never changes, so a handle that read it once need not again. Handles of transactions are not kept. */
const keys = new WeakMap<Db, Promise<Buffer>>();

/**
 * What is stored of an agent's token: a keyed hash, so that a copy of the database lets nobody in.
 * @see spec/agents.md §2.1, A-1
 */
export async function hashAgentToken(db: Db | Tx, token: string): Promise<Buffer> {
  return hashWith(await tokenKey(db), token);
}

/** The same for several tokens of one transaction, reading the key once. */
export async function agentTokenHasher(db: Db | Tx): Promise<(token: string) => Buffer> {
  const key = await tokenKey(db);
  return (token) => hashWith(key, token);
}

function hashWith(key: Buffer, token: string): Buffer {
  return createHmac("sha256", key).update(token.toLowerCase()).digest();
}

function tokenKey(db: Db | Tx): Promise<Buffer> {
  if (db.isTransaction) return readOrMakeKey(db);
  const known = keys.get(db);
  if (known !== undefined) return known;
  const key = readOrMakeKey(db);
  keys.set(db, key);
  // A failed read is not kept: the next caller tries again.
  key.catch(() => keys.delete(db));
  return key;
}

async function readOrMakeKey(db: Db | Tx): Promise<Buffer> {
  const stored = await findKey(db);
  if (stored !== undefined) return stored;
  await db
    .insertInto("deployment_keys")
    .values({ name: keyName, secret: randomBytes(32), created_at: new Date() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const made = await findKey(db);
  if (made === undefined) throw new Error(`The deployment's key "${keyName}" was not stored.`);
  return made;
}

async function findKey(db: Db | Tx): Promise<Buffer | undefined> {
  const row = await db.selectFrom("deployment_keys").select("secret").where("name", "=", keyName).executeTakeFirst();
  return row?.secret;
}
