import type { Db, Tx } from "../ground/database/index.ts";
import type { SealOld } from "../ground/lifecycle/index.ts";
import { seal, unseal } from "../identity/index.ts";
import type { GrantedJob } from "./job-grant.ts";

// What a job is told in confidence: apart from its row, which many read, sealed, and gone when the job has ended
// (trigger provisioner_jobs_forget_secrets).

const placeOf = (jobId: string) => `job ${jobId}`;

/** Keeps the secrets, which are JSON, for the job of this id. */
export async function storeSecrets(tx: Tx, key: Buffer, jobId: string, secrets: unknown): Promise<void> {
  await tx
    .insertInto("provisioner_job_secrets")
    .values({ job_id: jobId, sealed: seal(key, JSON.stringify(secrets), placeOf(jobId)) })
    .execute();
}

/** Those of the job in hand; undefined when it has none, or has ended. @throws SealError when they cannot be opened */
export async function findSecrets(db: Db | Tx, { object }: GrantedJob, key: Buffer): Promise<unknown> {
  const row = await db
    .selectFrom("provisioner_job_secrets")
    .select("sealed")
    .where("job_id", "=", object.id)
    .executeTakeFirst();
  return row === undefined ? undefined : JSON.parse(unseal(key, row.sealed, placeOf(object.id)));
}

/** For what an earlier release stored open. */
export function sealOldSecrets(key: Buffer): SealOld {
  return async (tx, jobId, content) => await storeSecrets(tx, key, jobId, JSON.parse(content.toString("utf8")));
}
