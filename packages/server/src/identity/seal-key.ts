import type { Db } from "../ground/database/index.ts";
import { deploymentKey, seal, SealError, unsealBytes } from "./sealed.ts";

const place = "seal check";

/**
 * The key that this deployment's secrets are sealed with, made at the first start.
 *
 * @throws SealError when it is lost or another one: a start with it would mix what no one key opens
 */
export async function openSealKey(db: Db, nowMs: number): Promise<Buffer> {
  const check = await findCheck(db);
  if (check === undefined) {
    const key = await deploymentKey(db, "seal", nowMs);
    await db
      .insertInto("seal_check")
      .values({ sealed: seal(key, "", place) })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return key;
  }
  const row = await db.selectFrom("deployment_keys").select("secret").where("name", "=", "seal").executeTakeFirst();
  if (row === undefined) throw keyLost("is missing");
  try {
    unsealBytes(row.secret, check, place);
  } catch (error) {
    throw keyLost("is another one than its secrets were sealed with", error);
  }
  return row.secret;
}

function keyLost(how: string, cause?: unknown): SealError {
  return new SealError(
    `The key of this deployment (table deployment_keys, row "seal") ${how}. Restore that row from a backup and start again. If it is lost for good, delete the row of the table seal_check: the next start makes a new key. What was sealed before is lost then: delete running workspaces as orphans, push templates with sensitive variables again, and have users make new SSH keys for Git.`,
    { cause },
  );
}

async function findCheck(db: Db): Promise<Buffer | undefined> {
  return (await db.selectFrom("seal_check").select("sealed").executeTakeFirst())?.sealed;
}
