import { ApiError } from "@hearth/sdk";
import type { Granted } from "../access/index.ts";
import { afterCommit, type Tx } from "../ground/database/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import type { JobRow } from "./job-row.ts";
import { announceEndOfLogs } from "./logs.ts";
import { lockJob } from "./queue.ts";

/** A build's jobs are stopped by who may change its workspace, an import's by who may change its template. */
type CancelGrant = Granted<"workspace:update" | "template:update">;

/**
 * Asks a job to stop: a pending one is canceled at once, a running one when its worker has stopped.
 *
 * @throws ApiError `precondition_failed` when it has ended or was asked before, `expectation_lost` when it is not in the
 *   state that the caller expects.
 * @see spec/builds.md §7.3
 */
export async function cancelJob(
  tx: Tx,
  pubsub: PubSub,
  /** On what the job is for. */
  _granted: CancelGrant,
  request: { jobId: string; expectStatus?: "pending" | "running" | undefined; nowMs: number },
): Promise<JobRow> {
  const job = await lockJob(tx, request.jobId);
  if (job === undefined) throw new ApiError("not_found", "The job is gone.");
  if (job.completed_at !== null) throw new ApiError("precondition_failed", "Job has already completed!");
  if (job.canceled_at !== null) throw new ApiError("precondition_failed", "Job has already been marked as canceled!");
  if (request.expectStatus !== undefined && request.expectStatus !== job.job_status) {
    throw new ApiError("expectation_lost", `The job is ${job.job_status}, not ${request.expectStatus}.`);
  }
  const now = new Date(request.nowMs);
  const isWaiting = job.worker_id === null;
  const row = await tx
    .updateTable("provisioner_jobs")
    .set({ canceled_at: now, updated_at: now, ...(isWaiting ? { completed_at: now } : {}) })
    .where("id", "=", job.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  afterCommit(tx, () => pubsub.publish("provisioner_job_canceled", job.id, {}));
  if (isWaiting) announceEndOfLogs(tx, pubsub, job.id);
  return row;
}

/**
 * Cancels those of these jobs that still wait for a worker; one that was taken meanwhile is left alone. Resolves with the
 * ids of those that it canceled.
 */
export async function cancelWaitingJobs(
  tx: Tx,
  pubsub: PubSub,
  _granted: CancelGrant,
  jobIds: readonly string[],
  nowMs: number,
): Promise<string[]> {
  if (jobIds.length === 0) return [];
  const now = new Date(nowMs);
  const rows = await tx
    .updateTable("provisioner_jobs")
    .set({ canceled_at: now, completed_at: now, updated_at: now })
    .where("id", "in", [...jobIds])
    .where("started_at", "is", null)
    .where("worker_id", "is", null)
    .where("canceled_at", "is", null)
    .where("completed_at", "is", null)
    .returning("id")
    .execute();
  for (const { id } of rows) announceEndOfLogs(tx, pubsub, id);
  return rows.map(({ id }) => id);
}
