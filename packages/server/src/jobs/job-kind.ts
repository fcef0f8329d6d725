import type { AcquiredJob, JobFailure, JobResult, QuotaDecision } from "@hearth/provisioner";
import type { Context } from "../access/index.ts";
import type { Db, Tx } from "../ground/database/index.ts";
import type { JobRow } from "./job-row.ts";

/**
 * What a capability does around the jobs that it queues. Registered by type in the composition root. Each asks for the
 * rights of `ctx`, which is the daemons', on what the job is about; a job whose daemons lack one fails with its name.
 */
export interface JobKind {
  /** What the worker needs, after it has taken the job. A throw fails the job with the reason. */
  payload(ctx: Context, db: Db, job: JobRow): Promise<AcquiredJob>;
  /** Spends what the job costs a day; `ok` is false where it may not. Kinds whose jobs cost nothing have none. */
  commitQuota?(ctx: Context, tx: Tx, job: AcquiredJob, dailyCost: number): Promise<QuotaDecision>;
  /** Effects of a success, in the transaction that ends the job. @throws CompletionRefused to fail it instead. */
  complete(ctx: Context, tx: Tx, job: JobRow, result: JobResult): Promise<void>;
  /**
   * Effects of a failure, in the transaction that ends the job: partial state is kept with it, or neither is. Where a right
   * is missing the job ends all the same, and without them: so it is asked for before anything is written.
   */
  fail(ctx: Context, tx: Tx, job: JobRow, failure: JobFailure): Promise<void>;
  /** The job was taken, or given back, and that is committed: announce it. */
  changed(job: JobRow): void;
}

export type JobKinds = Readonly<Record<string, JobKind>>;

/** A result that cannot be stored as it is: the whole completion is rolled back and the job fails with this message. */
export class CompletionRefused extends Error {
  override readonly name = "CompletionRefused";
}
