import { createHmac } from "node:crypto";
import type { Db, Tx } from "../../ground/database/index.ts";
import { deploymentKey } from "../../identity/index.ts";

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
  const read = () => deploymentKey(db, "agent_tokens", Date.now());
  if (db.isTransaction) return read();
  const known = keys.get(db);
  if (known !== undefined) return known;
  const key = read();
  keys.set(db, key);
  // A failed read is not kept: the next caller tries again.
  key.catch(() => keys.delete(db));
  return key;
}
