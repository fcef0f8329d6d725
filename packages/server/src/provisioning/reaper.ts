import { sql } from "kysely";
import { runLoop, type Clock, type Logger } from "@hearth/base";
import { afterCommit, transaction, type Db, type Tx } from "../database/index.ts";
import type { PubSub } from "../pubsub/index.ts";
import type { JobKinds } from "./job-kind.ts";
import { untagged, type JobRow } from "./job-row.ts";
import { announceEndOfLogs, insertLogs } from "./logs.ts";
import { requeueJob } from "./queue.ts";
import { daemonStaleMs, maxAttempts, pendingAfterMs, reapedPerPass, reaperEveryMs } from "./timing.ts";

/** What to do with a job whose lease has ended. Pure. @see spec/builds.md §7.2 [P] */
export function decideLostJob(job: { attempts: number; isCanceling: boolean }): "requeue" | "fail" {
  return job.attempts < maxAttempts && !job.isCanceling ? "requeue" : "fail";
}

/** Looks for lost leases this often: a lost worker costs its lease (30 s) and at most this. */
const lostEveryMs = 10_000;

export interface ReaperDeps {
  readonly db: Db;
  readonly pubsub: PubSub;
  readonly clock: Clock;
  readonly log: Logger;
  readonly kinds: JobKinds;
}

/** Runs until `signal` aborts: lost jobs go on elsewhere, jobs that nobody can ever run fail. */
export async function runReaper(deps: ReaperDeps, signal: AbortSignal): Promise<void> {
  const { clock, log } = deps;
  await Promise.all([
    runLoop({ name: "lost-jobs", everyMs: lostEveryMs, jitter: 0.1, clock, signal, log }, () => reapLostJobs(deps)),
    runLoop({ name: "unrunnable-jobs", everyMs: reaperEveryMs, jitter: 0.1, clock, signal, log }, () =>
      reapUnrunnableJobs(deps),
    ),
  ]);
}

/** Puts jobs whose lease has ended back into the queue, or fails those that used up their attempts. */
export async function reapLostJobs(deps: ReaperDeps): Promise<void> {
  const { db, clock } = deps;
  // Index: provisioner_jobs_running_idx. Rows that somebody holds are looked at in a later pass.
  const lost = (tx: Tx) =>
    sql<JobRow>`
    select * from provisioner_jobs
    where started_at is not null and completed_at is null and lease_expires_at < ${new Date(clock.now())}
    order by lease_expires_at limit ${reapedPerPass} for update skip locked`.execute(tx);
  await transaction(db, { name: "reap_lost", clock }, async (tx) => {
    for (const job of (await lost(tx)).rows) {
      await recoverJob(deps, tx, job, "The worker that ran this job disappeared.");
    }
  });
}

/**
 * Frees the jobs of workers with these ids at once: their process is known to be dead, because this one took its place.
 */
export async function freePredecessorJobs(deps: ReaperDeps, daemonIds: readonly string[]): Promise<number> {
  const { db, clock } = deps;
  if (daemonIds.length === 0) return 0;
  return await transaction(db, { name: "free_predecessor", clock }, async (tx) => {
    const jobs = await tx
      .selectFrom("provisioner_jobs")
      .selectAll()
      .where("worker_id", "in", [...daemonIds])
      .where("started_at", "is not", null)
      .where("completed_at", "is", null)
      .forUpdate()
      .execute();
    for (const job of jobs) await recoverJob(deps, tx, job, "The server stopped while this job ran.");
    return jobs.length;
  });
}

async function recoverJob(deps: ReaperDeps, tx: Tx, job: JobRow, why: string): Promise<void> {
  const { pubsub, clock, log, kinds } = deps;
  const decision = decideLostJob({ attempts: job.attempts, isCanceling: job.canceled_at !== null });
  log.warn({ jobId: job.id, attempts: job.attempts, decision }, "job lost its worker");
  if (decision === "requeue") {
    await requeueJob(tx, pubsub, { jobId: job.id, epoch: job.lease_epoch }, clock.now());
    afterCommit(tx, () => kinds[job.type]?.changed(job));
    return;
  }
  await failJob(deps, tx, job, `${why} It was tried ${job.attempts} times; start it again when the cause is found.`);
}

async function reapUnrunnableJobs(deps: ReaperDeps): Promise<void> {
  const { db, clock } = deps;
  const now = clock.now();
  const plain = JSON.stringify(untagged);
  await transaction(db, { name: "reap_pending", clock }, async (tx) => {
    // A job that a live worker could run waits its turn, however long (builds spec, P-14).
    const { rows } = await sql<JobRow>`
      select * from provisioner_jobs j
      where started_at is null and completed_at is null and updated_at < ${new Date(now - pendingAfterMs)}
        and not exists (
          select 1 from provisioner_daemons d
          where d.organization_id = j.organization_id and d.last_seen_at > ${new Date(now - daemonStaleMs)}
            and j.tags <@ d.tags and (j.tags <> ${plain}::jsonb or d.tags = ${plain}::jsonb))
      order by random() limit ${reapedPerPass} for update skip locked`.execute(tx);
    for (const job of rows) {
      const tags = Object.entries(job.tags as Record<string, string>).map(([name, value]) => `${name}=${value}`);
      await failJob(
        deps,
        tx,
        job,
        `No provisioner with the tags ${tags.join(", ")} came within 30 minutes: start one.`,
      );
    }
  });
}

async function failJob(deps: ReaperDeps, tx: Tx, job: JobRow, error: string): Promise<void> {
  const { pubsub, clock, kinds } = deps;
  const now = new Date(clock.now());
  const row = await tx
    .updateTable("provisioner_jobs")
    .set({
      started_at: job.started_at ?? now,
      completed_at: now,
      updated_at: now,
      lease_expires_at: null,
      lease_epoch: job.lease_epoch + 1,
      error,
    })
    .where("id", "=", job.id)
    .where("completed_at", "is", null)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return;
  const line = {
    createdAtMs: clock.now(),
    level: "error",
    source: "provisioner_daemon",
    stage: "Unknown",
    output: error,
  } as const;
  await insertLogs(tx, pubsub, row, [line]);
  // The same effects as a failure that a worker reports (builds spec, P-13).
  await kinds[row.type]?.fail(tx, row, { error, errorCode: "", state: undefined });
  announceEndOfLogs(tx, pubsub, row.id);
}
