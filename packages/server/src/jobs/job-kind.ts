import { z } from "zod";
import type { AcquiredJob, JobFailure, JobResult, QuotaDecision } from "@hearth/provisioner";
import type { Context } from "../access/index.ts";
import type { Db, Tx } from "../ground/database/index.ts";
import type { JobRow } from "./job-row.ts";

/**
 * What a capability does around the jobs that it queues, with what they are at both ends: as their row says it, as their
 * worker is told of them, and as it answers. Nothing of it is believed: rows are of other releases, too, and so are workers.
 * Each asks for the rights of `ctx`, which is the daemons', on what the job is about; a job whose daemons lack one fails with
 * its name.
 */
export interface JobKindDefinition<Input, Job extends AcquiredJob, Result extends JobResult> {
  readonly input: z.ZodType<Input>;
  readonly job: z.ZodType<Job>;
  readonly result: z.ZodType<Result>;
  /** What the worker needs, after it has taken the job. A throw fails the job with the reason. */
  payload(ctx: Context, db: Db, job: JobRow, input: Input): Promise<Job>;
  /** Spends what the job costs a day; `ok` is false where it may not. Kinds whose jobs cost nothing have none. */
  readonly commitQuota?: (ctx: Context, tx: Tx, job: Job, dailyCost: number) => Promise<QuotaDecision>;
  /** Effects of a success, in the transaction that ends the job. @throws CompletionRefused to fail it instead. */
  complete(ctx: Context, tx: Tx, job: JobRow, input: Input, result: Result): Promise<void>;
  /**
   * Effects of a failure, in the transaction that ends the job: partial state is kept with it, or neither is. Where a right
   * is missing the job ends all the same, and without them: so it is asked for before anything is written.
   */
  fail(ctx: Context, tx: Tx, job: JobRow, input: Input, failure: JobFailure): Promise<void>;
  /** The job was taken, or given back, and that is committed: announce it. */
  changed(job: JobRow, input: Input): void;
}

/** A kind as the queue has it, whatever its jobs are. */
export interface JobKind {
  /** @throws JobUnreadable when the row, or what was made of it, is not what the kind says */
  payload(ctx: Context, db: Db, job: JobRow): Promise<AcquiredJob>;
  commitQuota?(ctx: Context, tx: Tx, job: AcquiredJob, dailyCost: number): Promise<QuotaDecision>;
  /** @throws CompletionRefused for a result that is not the kind's, too */
  complete(ctx: Context, tx: Tx, job: JobRow, result: JobResult): Promise<void>;
  /** Of a job whose row cannot be read nothing but its end is known: it has no effects. */
  fail(ctx: Context, tx: Tx, job: JobRow, failure: JobFailure): Promise<void>;
  changed(job: JobRow): void;
}

export type JobKinds = Readonly<Record<string, JobKind>>;

/** What a job's row says, or what was made of it, is not what its kind says. The job fails with this. */
export class JobUnreadable extends Error {
  override readonly name = "JobUnreadable";
}

/** A result that cannot be stored as it is: the whole completion is rolled back and the job fails with this message. */
export class CompletionRefused extends Error {
  override readonly name = "CompletionRefused";
}

/** Makes a kind for the queue: what comes in is parsed before the definition sees it. */
export function defineJobKind<Input, Job extends AcquiredJob, Result extends JobResult>(
  definition: JobKindDefinition<Input, Job, Result>,
): JobKind {
  const inputOf = (job: JobRow) => definition.input.safeParse(job.input);
  const { commitQuota } = definition;
  return {
    async payload(ctx, db, job) {
      const input = inputOf(job);
      if (!input.success) throw unreadable(input.error);
      const made = definition.job.safeParse(await definition.payload(ctx, db, job, input.data));
      if (!made.success) throw unreadable(made.error);
      return made.data;
    },
    ...(commitQuota === undefined
      ? {}
      : {
          commitQuota: async (ctx, tx, job, dailyCost) =>
            await commitQuota(ctx, tx, definition.job.parse(job), dailyCost),
        }),
    async complete(ctx, tx, job, result) {
      const input = inputOf(job);
      if (!input.success) throw new CompletionRefused(unreadable(input.error).message);
      const given = definition.result.safeParse(result);
      if (!given.success) {
        throw new CompletionRefused(
          `The provisioner answered what this server cannot read (${faultOf(given.error)}): run the same release of both.`,
        );
      }
      await definition.complete(ctx, tx, job, input.data, given.data);
    },
    async fail(ctx, tx, job, failure) {
      const input = inputOf(job);
      if (input.success) await definition.fail(ctx, tx, job, input.data, failure);
    },
    changed(job) {
      const input = inputOf(job);
      if (input.success) definition.changed(job, input.data);
    },
  };
}

function unreadable(error: z.ZodError): JobUnreadable {
  return new JobUnreadable(
    `The job was queued with what this server cannot read (${faultOf(error)}): another release wrote it. Ask for it again.`,
  );
}

/** The first thing that is wrong, with its place. */
function faultOf({ issues: [first] }: z.ZodError): string {
  if (first === undefined) return "unknown";
  const path = z.core.toDotPath(first.path);
  return path === "" ? first.message : `${path}: ${first.message}`;
}
