import { randomUUID } from "node:crypto";
import { sql, type Expression } from "kysely";
import type { JobFailure } from "@hearth/provisioner";
import {
  afterCommit,
  jobInputs,
  defineQuery,
  defineStatement,
  sampleId,
  sampleMs,
  type Db,
  type Tx,
} from "../ground/database/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { storeSecrets } from "./job-secrets.ts";
import type { Granted } from "../access/index.ts";
import type { GrantedJob, QueueGrant } from "./job-grant.ts";
import { announceEndOfLogs } from "./logs.ts";
import { jobColumns, untagged, type JobContent, type JobPriority, type JobRow } from "./job-row.ts";
import type { anywhere } from "./placement.ts";
import { leaseMs } from "./timing.ts";

export type NewJob = JobContent & {
  readonly organizationId: string;
  readonly initiatorId: string;
  readonly fileId: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Beside organization and tags, see {@link Requirement}. */
  readonly requires: { readonly [Part in keyof typeof anywhere]: JobRow[Part] | Expression<JobRow[Part]> };
  /** What its worker is told in confidence, as JSON, with the key that it is sealed with. @default nothing */
  readonly secrets?: { readonly key: Buffer; readonly value: unknown } | undefined;
  readonly priority: JobPriority;
  readonly nowMs: number;
};

/** Queues a job; workers hear of it once `tx` has committed. */
export async function insertJob(tx: Tx, pubsub: PubSub, _granted: QueueGrant, job: NewJob): Promise<JobRow> {
  const now = new Date(job.nowMs);
  const row = await tx
    .insertInto("provisioner_jobs")
    .values({
      id: randomUUID(),
      organization_id: job.organizationId,
      initiator_id: job.initiatorId,
      type: job.type,
      file_id: job.fileId,
      input: JSON.stringify(jobInputs[job.type].parse(job.input)),
      tags: JSON.stringify({ ...untagged, ...job.tags }),
      ...job.requires,
      priority: job.priority,
      created_at: now,
      updated_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  if (job.secrets !== undefined) await storeSecrets(tx, job.secrets.key, row.id, job.secrets.value);
  announceJob(tx, pubsub, row);
  return row;
}

/** Tells workers that a job waits, once `tx` has committed: before it they would find nothing and sleep again. */
export function announceJob(tx: Tx, pubsub: PubSub, row: JobRow): void {
  const { organization_id, tags, language, engine, host_id } = row;
  afterCommit(tx, () => pubsub.publish("provisioner_job_posted", organization_id, { tags, language, engine, host_id }));
}

const find = defineQuery({
  name: "jobs.find",
  samples: [{ ids: [sampleId] }],
  build: (db, { ids }: { ids: readonly string[] }) =>
    db
      .selectFrom("provisioner_jobs")
      .selectAll()
      .where("id", "in", [...ids]),
});

/** The jobs of these ids, by id. */
export async function findJobs(db: Db | Tx, ids: readonly string[]): Promise<Map<string, JobRow>> {
  if (ids.length === 0) return new Map();
  const rows = await find(db, { ids }).execute();
  return new Map(rows.map((row) => [row.id, row]));
}

/** The job, locked until `tx` ends. Lock order: workspace, then build, then job. */
export async function lockJob(tx: Tx, id: string): Promise<JobRow | undefined> {
  return await tx.selectFrom("provisioner_jobs").selectAll().where("id", "=", id).forUpdate().executeTakeFirst();
}

const acquire = defineStatement({
  name: "jobs.acquire",
  columns: jobColumns.shape,
  samples: [{ daemonId: sampleId, nowMs: sampleMs }],
  build({ daemonId, nowMs }: { daemonId: string; nowMs: number }) {
    const now = new Date(nowMs);
    return sql`
      with next as (
        select j.id, d.name as worker_name, case when (d.engines -> j.engine -> 'livesOnHost')::boolean then d.host_id end as host_id
        from provisioner_jobs j join provisioner_daemons d on d.id = ${daemonId}
        where j.started_at is null and j.completed_at is null and j.canceled_at is null and may_run(d, j)
        order by j.priority, j.created_at
        limit 1
        for update of j skip locked
      )
      update provisioner_jobs j set started_at = ${now}, updated_at = ${now}, worker_id = ${daemonId},
        worker_name = next.worker_name,
        worker_host_id = next.host_id, lease_epoch = lease_epoch + 1, lease_expires_at = ${new Date(nowMs + leaseMs)}, attempts = attempts + 1
      from next where j.id = next.id
      returning ${jobColumns.of("j")}`;
  },
});

/**
 * Takes the first job that this daemon may run, or nothing; of a daemon that is not registered that is nothing. One statement: rows that others hold are skipped, and the
 * epoch goes up, so that whoever held the job before can write no more.
 *
 * Claims first, then humans' jobs, then the pool's, each by age.
 * @see spec/builds.md §9.1
 */
export async function acquireJob(
  db: Db | Tx,
  /** On the jobs of the daemon's organization, of which it takes none beyond. */
  _granted: Granted<"provisioner_jobs:update">,
  daemonId: string,
  nowMs: number,
): Promise<JobRow | undefined> {
  return await acquire.first(db, { daemonId, nowMs });
}

/** Who holds a job, as every write of a worker says it. */
export interface Hold {
  readonly granted: GrantedJob;
  readonly epoch: number;
}

/** Renews the lease and reads what changed meanwhile; undefined: the job is not this worker's any more. */
export async function renewJob(
  db: Db | Tx,
  hold: Hold,
  nowMs: number,
): Promise<Pick<JobRow, "canceled_at" | "logs_length" | "logs_overflowed"> | undefined> {
  return await db
    .updateTable("provisioner_jobs")
    .set({ updated_at: new Date(nowMs), lease_expires_at: new Date(nowMs + leaseMs) })
    .where("id", "=", hold.granted.object.id)
    .where("lease_epoch", "=", hold.epoch)
    .where("started_at", "is not", null)
    .where("completed_at", "is", null)
    .returning(["canceled_at", "logs_length", "logs_overflowed"])
    .executeTakeFirst();
}

/** Ends the job in the state that its columns then have; undefined when it ended before or is another's: nothing changed. */
export async function endJob(
  tx: Tx,
  hold: Hold,
  end: { nowMs: number; error?: string; errorCode?: JobFailure["errorCode"] },
): Promise<JobRow | undefined> {
  return await tx
    .updateTable("provisioner_jobs")
    .set({
      completed_at: new Date(end.nowMs),
      updated_at: new Date(end.nowMs),
      lease_expires_at: null,
      error: end.error ?? null,
      error_code: end.errorCode === undefined || end.errorCode === "" ? null : end.errorCode,
    })
    .where("id", "=", hold.granted.object.id)
    .where("lease_epoch", "=", hold.epoch)
    .where("started_at", "is not", null)
    .where("completed_at", "is", null)
    .returningAll()
    .executeTakeFirst();
}

/**
 * Puts a job back into the queue for the next worker; its attempts stay counted. Undefined, and nothing changed: it is
 * another's, has ended, or was asked to stop, in which case nobody would take it.
 */
export async function requeueJob(tx: Tx, pubsub: PubSub, hold: Hold, nowMs: number): Promise<JobRow | undefined> {
  const row = await tx
    .updateTable("provisioner_jobs")
    .set({
      started_at: null,
      worker_id: null,
      worker_name: null,
      worker_host_id: null,
      lease_expires_at: null,
      updated_at: new Date(nowMs),
    })
    .where("id", "=", hold.granted.object.id)
    .where("lease_epoch", "=", hold.epoch)
    .where("started_at", "is not", null)
    .where("canceled_at", "is", null)
    .where("completed_at", "is", null)
    .returningAll()
    .executeTakeFirst();
  if (row !== undefined) announceJob(tx, pubsub, row);
  return row;
}

/**
 * Fails a job over the head of whoever holds it, who loses its epoch with it, or while nobody does. Undefined when it has
 * ended: nothing changed.
 */
export async function failTakenAway(
  tx: Tx,
  { object }: GrantedJob,
  { nowMs, error }: { nowMs: number; error: string },
): Promise<JobRow | undefined> {
  const now = new Date(nowMs);
  return await tx
    .updateTable("provisioner_jobs")
    // Who had it stays written down: a failure without its worker could not be looked into.
    .set((eb) => ({
      lease_epoch: eb("lease_epoch", "+", 1),
      lease_expires_at: null,
      started_at: eb.fn.coalesce("started_at", eb.val(now)),
      completed_at: now,
      updated_at: now,
      error,
    }))
    .where("id", "=", object.id)
    .where("completed_at", "is", null)
    .returningAll()
    .executeTakeFirst();
}

/** Ends a job with success that nobody has taken, because nothing is left to do. @throws NoResultError when it was taken */
export async function completeUntaken(
  tx: Tx,
  pubsub: PubSub,
  _granted: QueueGrant,
  jobId: string,
  nowMs: number,
): Promise<JobRow> {
  const now = new Date(nowMs);
  const row = await tx
    .updateTable("provisioner_jobs")
    .set({ started_at: now, completed_at: now, updated_at: now })
    .where("id", "=", jobId)
    .where("started_at", "is", null)
    .where("completed_at", "is", null)
    .returningAll()
    .executeTakeFirstOrThrow();
  announceEndOfLogs(tx, pubsub, jobId);
  return row;
}
