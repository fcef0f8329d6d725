import type {
  AcquiredJob,
  JobFailure,
  JobLogLine,
  JobResult,
  JobSource,
  QuotaDecision,
  WorkerIdentity,
  WriteOutcome,
} from "@hearth/provisioner";
import { jobSchemas } from "@hearth/provisioner";
import { type Clock, failpoint, type Logger, messageOf } from "@hearth/base";
import {
  authorize,
  RightMissing,
  systemActor,
  systemContext,
  type Context,
  type SystemActor,
  unlessRefused,
} from "../access/index.ts";
import { isUnreachable, transaction, type Db, type Tx } from "../ground/database/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { Acquirer } from "./acquirer.ts";
import { authorizeJob, type GrantedJob } from "./job-grant.ts";
import { CompletionRefused, type JobKind, type JobKinds } from "./job-kind.ts";
import type { JobRow } from "./job-row.ts";
import { announceEndOfLogs, insertLogs } from "./logs.ts";
import { offerKey } from "./placement.ts";
import { endJob, renewJob, requeueJob, type Hold } from "./queue.ts";
import { storable } from "./storable.ts";
import { maxAttempts } from "./timing.ts";
import { insertTimings } from "./timings.ts";

/** What is there all the same when a result is refused. */
function stateOf(result: JobResult): Uint8Array | undefined {
  return "state" in result && result.state instanceof Uint8Array ? result.state : undefined;
}

export interface JobSourceDeps {
  readonly db: Db;
  readonly pubsub: PubSub;
  readonly clock: Clock;
  readonly log: Logger;
  readonly kinds: JobKinds;
  /** Who takes and ends jobs. In tests, with fewer rights. @default the part that daemons are of */
  readonly part?: SystemActor | undefined;
}

type Held = Pick<AcquiredJob, "id" | "organizationId" | "epoch">;

/**
 * The queue for daemons in this process.
 *
 * Every write carries the job's epoch: of a worker whose lease ended and whose job went to another, nothing is stored.
 */
export class DatabaseJobSource implements JobSource, AsyncDisposable {
  readonly #deps: JobSourceDeps;
  readonly #acquirers = new Map<string, Acquirer>();
  readonly #stop = new AbortController();
  readonly #ctx: Context;

  constructor(deps: JobSourceDeps) {
    this.#deps = deps;
    this.#ctx = systemContext(deps.part ?? systemActor("provisioner daemon"), deps.log, this.#stop.signal);
  }

  /** @throws what {@link isUnreachable} knows, when the database could not be asked about the job: it was given back. */
  async acquire(worker: WorkerIdentity, signal: AbortSignal): Promise<AcquiredJob> {
    for (;;) {
      const granted = authorize(this.#ctx, "provisioner_jobs:update", { organizationId: worker.organizationId });
      const row = await this.#acquirer(worker).acquire(granted, worker.daemonId, signal);
      failpoint("job_acquired");
      try {
        const kind = this.#kind(row);
        const job = await kind.payload(this.#ctx, this.#deps.db, row);
        kind.changed(row);
        return job;
      } catch (error) {
        this.#deps.log.warn({ err: error, jobId: row.id }, "job could not be prepared");
        const held = { id: row.id, organizationId: row.organization_id, epoch: row.lease_epoch };
        // Not the job's fault. Where it cannot be given back either, its lease ends.
        if (isUnreachable(error) && row.attempts < maxAttempts) {
          await this.#giveBack(held);
          throw error;
        }
        // A job that cannot be handed over must not hang until its lease ends.
        await this.#fail(held, { error: messageOf(error), errorCode: "", state: undefined }, []);
      }
    }
  }

  async update(job: AcquiredJob, logs: readonly JobLogLine[]): Promise<{ outcome: WriteOutcome; canceled: boolean }> {
    const { db, pubsub, clock } = this.#deps;
    const hold = this.#hold(job);
    if (logs.length === 0) {
      const renewed = await renewJob(db, hold, clock.now());
      return { outcome: renewed === undefined ? "stale" : "ok", canceled: (renewed?.canceled_at ?? null) !== null };
    }
    return await transaction(this.#ctx, db, { name: "job_update", clock }, async (tx) => {
      const renewed = await renewJob(tx, hold, clock.now());
      if (renewed === undefined) return { outcome: "stale", canceled: false };
      await insertLogs(tx, pubsub, hold.granted, { id: job.id, ...renewed }, logs);
      return { outcome: "ok", canceled: renewed.canceled_at !== null };
    });
  }

  async complete(job: AcquiredJob, result: JobResult, logs: readonly JobLogLine[] = []): Promise<WriteOutcome> {
    const { db, pubsub, clock } = this.#deps;
    try {
      const hold = this.#hold(job);
      return await transaction(this.#ctx, db, { name: "job_complete", clock }, async (tx) => {
        const row = await endJob(tx, hold, { nowMs: clock.now() });
        if (row === undefined) return "stale";
        await this.#kind(row).complete(this.#ctx, tx, row, result);
        await insertTimings(tx, hold.granted, result.timings);
        await this.#endLogs(tx, pubsub, hold.granted, row, logs);
        return "ok";
      });
    } catch (error) {
      if (!(error instanceof CompletionRefused || error instanceof RightMissing)) throw error;
      this.#deps.log.warn({ jobId: job.id, reason: error.message }, "completion refused");
      const state = stateOf(result);
      return await this.#fail(job, { error: error.message, errorCode: "", state }, logs);
    }
  }

  async fail(job: AcquiredJob, failure: JobFailure, logs: readonly JobLogLine[] = []): Promise<WriteOutcome> {
    const given = jobSchemas.JobFailure.safeParse(failure);
    const unreadable = {
      error: "The job failed, and its provisioner said why in words that this server cannot read.",
      errorCode: "",
      state: undefined,
    } as const;
    return await this.#fail(job, given.success ? given.data : unreadable, logs);
  }

  /** Of a job that is another's by now nothing is spent, and nothing of it is stored. */
  async commitQuota(job: AcquiredJob, dailyCost: number): Promise<QuotaDecision> {
    const { db, clock, kinds } = this.#deps;
    return await transaction(this.#ctx, db, { name: "job_quota", clock }, async (tx) => {
      const held = await renewJob(tx, this.#hold(job), clock.now());
      if (held === undefined) return { ok: false, creditsConsumed: 0, budget: 0 };
      return (
        (await kinds[job.type]?.commitQuota?.(this.#ctx, tx, job, dailyCost)) ?? {
          ok: true,
          creditsConsumed: 0,
          budget: -1,
        }
      );
    });
  }

  async release(job: AcquiredJob): Promise<void> {
    await this.#giveBack(job);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#acquirers.values()].map((acquirer) => acquirer[Symbol.asyncDispose]()));
    this.#stop.abort();
  }

  async #giveBack(job: Held): Promise<void> {
    const { db, pubsub, clock, kinds } = this.#deps;
    const row = await transaction(this.#ctx, db, { name: "job_release", clock }, (tx) =>
      requeueJob(tx, pubsub, this.#hold(job), clock.now()),
    );
    if (row !== undefined) {
      kinds[row.type]?.changed(row);
      return;
    }
    // Nobody takes up a job that was asked to stop: it ends here, or would be canceling for ever.
    await this.#fail(job, { error: "The job was canceled.", errorCode: "", state: undefined }, []);
  }

  async #fail(job: Held, failure: JobFailure, logs: readonly JobLogLine[]): Promise<WriteOutcome> {
    const hold = this.#hold(job);
    const { db, pubsub, clock } = this.#deps;
    return await transaction(this.#ctx, db, { name: "job_fail", clock }, async (tx) => {
      const error = failure.error === "" ? "The job failed without saying why." : storable(failure.error);
      const row = await endJob(tx, hold, { nowMs: clock.now(), error, errorCode: failure.errorCode });
      if (row === undefined) return "stale";
      await this.#kind(row)
        .fail(this.#ctx, tx, row, { ...failure, error })
        .catch(unlessRefused);
      await this.#endLogs(tx, pubsub, hold.granted, row, logs);
      return "ok";
    });
  }

  async #endLogs(tx: Tx, pubsub: PubSub, granted: GrantedJob, row: JobRow, logs: readonly JobLogLine[]) {
    await insertLogs(tx, pubsub, granted, row, logs);
    announceEndOfLogs(tx, pubsub, row.id);
  }

  #hold({ id, organizationId, epoch }: Held): Hold {
    return { granted: authorizeJob(this.#ctx, { id, organization_id: organizationId }), epoch };
  }

  #kind(row: JobRow): JobKind {
    const kind = this.#deps.kinds[row.type];
    if (kind === undefined) throw new Error(`No part of this server knows jobs of type ${row.type}.`);
    return kind;
  }

  #acquirer(worker: WorkerIdentity): Acquirer {
    const key = offerKey(worker);
    const known = this.#acquirers.get(key);
    if (known !== undefined) return known;
    const acquirer = new Acquirer(this.#deps, worker);
    this.#acquirers.set(key, acquirer);
    return acquirer;
  }
}
