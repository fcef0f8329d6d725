import { sql } from "kysely";
import { runLoop, type Clock, type Logger } from "@hearth/base";
import {
  afterCommit,
  defineStatement,
  sampleId,
  sampleMs,
  stored,
  transaction,
  type Db,
  type Fragment,
  type Tx,
} from "../ground/database/index.ts";
import {
  authorize,
  systemActor,
  systemContext,
  unlessRefused,
  type Context,
  type SystemActor,
} from "../access/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { authorizeJob, type GrantedJob } from "./job-grant.ts";
import type { JobKinds } from "./job-kind.ts";
import { purgeDaemons } from "./daemons.ts";
import { jobColumns, type JobRow } from "./job-row.ts";
import { announceEndOfLogs, insertLogs } from "./logs.ts";
import { whyWaits } from "./why-waits.ts";
import { failTakenAway, requeueJob } from "./queue.ts";
import { daemonStaleMs, maxAttempts, pendingAfterMs, reapedPerPass, purgeEveryMs, reaperEveryMs } from "./timing.ts";

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
  /** Who reaps. In tests, with fewer rights. @default the part that daemons are of */
  readonly part?: SystemActor | undefined;
}

/** Runs until `signal` aborts: lost jobs go on elsewhere, jobs that nobody can ever run fail, rows of daemons that are gone go. */
export async function runReaper(deps: ReaperDeps, signal: AbortSignal): Promise<void> {
  const { clock, log } = deps;
  const ctx = systemContext(deps.part ?? systemActor("provisioner daemon"), log, signal);
  await Promise.all([
    runLoop({ name: "lost-jobs", everyMs: lostEveryMs, jitter: 0.1, clock, signal, log }, () =>
      reapLostJobs(ctx, deps),
    ),
    runLoop({ name: "unrunnable-jobs", everyMs: reaperEveryMs, jitter: 0.1, clock, signal, log }, () =>
      reapUnrunnableJobs(ctx, deps),
    ),
    runLoop({ name: "gone-daemons", everyMs: purgeEveryMs, jitter: 0.1, clock, signal, log }, async () => {
      const names = await purgeDaemons(deps.db, authorize(ctx, "provisioner_daemon:delete", {}), clock.now());
      if (names.length > 0) log.info({ daemons: names }, "forgot daemons that were not seen for a week");
    }),
  ]);
}

/** Which jobs a pass looks at. */
type Which =
  /** Their lease is over. */
  | { readonly kind: "lost"; readonly nowMs: number }
  /** A worker with one of these ids has them. */
  | { readonly kind: "held"; readonly by: readonly string[] }
  /** They wait, and no live worker could run them. One that could is waited for, however long (builds spec, P-14). */
  | { readonly kind: "unrunnable"; readonly nowMs: number };

const samples: Which[] = [
  { kind: "lost", nowMs: sampleMs },
  { kind: "held", by: [sampleId] },
  { kind: "unrunnable", nowMs: sampleMs },
];

/** Of `provisioner_jobs j`. Indexes: provisioner_jobs_running_idx, provisioner_jobs_queue_idx. */
function conditionOf(which: Which): Fragment {
  switch (which.kind) {
    case "lost":
      return sql`j.started_at is not null and j.completed_at is null and j.lease_expires_at < ${new Date(which.nowMs)}`;
    case "held":
      return sql`j.worker_id = any(${[...which.by]}::uuid[]) and j.started_at is not null and j.completed_at is null`;
    case "unrunnable":
      // One that was asked to stop while it waited has ended with that.
      return sql`j.started_at is null and j.completed_at is null and j.canceled_at is null
        and j.updated_at < ${new Date(which.nowMs - pendingAfterMs)}
        and not exists (
          select 1 from provisioner_daemons d
          where d.last_seen_at > ${new Date(which.nowMs - daemonStaleMs)} and may_run(d, j))`;
  }
}

/** In any order, so that the same few, failing each time, do not keep the others waiting. */
const findReapable = defineStatement({
  name: "jobs.find_reapable",
  columns: { id: stored("provisioner_jobs.id") },
  samples: samples.map((which) => ({ which, atMost: 1 })),
  build: ({ which, atMost }: { which: Which; atMost: number | null }) => sql`
    select j.id from provisioner_jobs j where ${conditionOf(which)} order by random() limit ${atMost}`,
});

/** What somebody holds is left to a later pass. */
const lockReapable = defineStatement({
  name: "jobs.lock_reapable",
  columns: jobColumns.shape,
  samples: samples.map((which) => ({ which, id: sampleId })),
  build: ({ which, id }: { which: Which; id: string }) => sql`
    select ${jobColumns.of("j")} from provisioner_jobs j where j.id = ${id} and ${conditionOf(which)}
    for update skip locked`,
});

/** Puts jobs whose lease has ended back into the queue, or fails those that used up their attempts. */
export async function reapLostJobs(ctx: Context, deps: ReaperDeps): Promise<void> {
  const lost = { kind: "lost", nowMs: deps.clock.now() } as const;
  await reapEach(ctx, deps, { name: "reap_lost", which: lost, atMost: reapedPerPass }, (tx, granted, job) =>
    recoverJob(ctx, deps, tx, granted, job, "The worker that ran this job disappeared."),
  );
}

/**
 * Frees the jobs of workers with these ids at once: their process is known to be dead, because this one took its place.
 * Resolves with their number.
 */
export async function freePredecessorJobs(
  ctx: Context,
  deps: ReaperDeps,
  daemonIds: readonly string[],
): Promise<number> {
  const theirs = { kind: "held", by: daemonIds } as const;
  return await reapEach(ctx, deps, { name: "free_predecessor", which: theirs, atMost: null }, (tx, granted, job) =>
    recoverJob(ctx, deps, tx, granted, job, "The server stopped while this job ran."),
  );
}

async function reapUnrunnableJobs(ctx: Context, deps: ReaperDeps): Promise<void> {
  const unrunnable = { kind: "unrunnable", nowMs: deps.clock.now() } as const;
  await reapEach(
    ctx,
    deps,
    { name: "reap_pending", which: unrunnable, atMost: reapedPerPass },
    async (tx, granted, job) => {
      await failJob(ctx, deps, tx, granted, `${await whyWaits(tx, job)} It was waited for 30 minutes.`);
    },
  );
}

/**
 * Deals with these jobs, each in a transaction of its own, so that one
 * that cannot be ended holds up no other. Resolves with the number of those that were dealt with.
 */
async function reapEach(
  ctx: Context,
  { db, clock, log }: ReaperDeps,
  { name, which, atMost }: { name: string; which: Which; atMost: number | null },
  reap: (tx: Tx, granted: GrantedJob, job: JobRow) => Promise<void>,
): Promise<number> {
  let reaped = 0;
  for (const { id } of await findReapable.all(db, { which, atMost })) {
    if (ctx.signal.aborted) break;
    try {
      reaped += await transaction(ctx, db, { name, clock }, async (tx) => {
        // Looked at again under its lock: its worker may be back.
        const found = await lockReapable.all(tx, { which, id });
        for (const job of found) await reap(tx, authorizeJob(ctx, job), job);
        return found.length;
      });
    } catch (error) {
      log.error({ err: error, jobId: id }, "a job could not be reaped, a later pass tries again");
    }
  }
  return reaped;
}

async function recoverJob(
  ctx: Context,
  deps: ReaperDeps,
  tx: Tx,
  granted: GrantedJob,
  job: JobRow,
  why: string,
): Promise<void> {
  const { pubsub, clock, log, kinds } = deps;
  const isCanceling = job.canceled_at !== null;
  const decision = decideLostJob({ attempts: job.attempts, isCanceling });
  log.warn({ jobId: job.id, attempts: job.attempts, decision }, "job lost its worker");
  if (decision === "requeue") {
    const row = await requeueJob(tx, pubsub, { granted, epoch: job.lease_epoch }, clock.now());
    if (row !== undefined) afterCommit(tx, () => kinds[row.type]?.changed(row));
    return;
  }
  const next = isCanceling
    ? "It had been asked to stop."
    : `It was tried ${job.attempts} times; start it again when the cause is found.`;
  await failJob(ctx, deps, tx, granted, `${why} ${next}`);
}

async function failJob(ctx: Context, deps: ReaperDeps, tx: Tx, granted: GrantedJob, error: string): Promise<void> {
  const { pubsub, clock, kinds } = deps;
  const row = await failTakenAway(tx, granted, { nowMs: clock.now(), error });
  if (row === undefined) return;
  const line = {
    createdAtMs: clock.now(),
    level: "error",
    source: "provisioner_daemon",
    stage: "Unknown",
    output: error,
  } as const;
  await insertLogs(tx, pubsub, granted, row, [line]);
  // The same effects as a failure that a worker reports (builds spec, P-13).
  await kinds[row.type]?.fail(ctx, tx, row, { error, errorCode: "", state: undefined }).catch(unlessRefused);
  announceEndOfLogs(tx, pubsub, row.id);
}
