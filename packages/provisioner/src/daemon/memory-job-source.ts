import type {
  AcquiredJob,
  JobFailure,
  JobLogLine,
  JobResult,
  JobSource,
  QuotaDecision,
  WorkerIdentity,
  WriteOutcome,
} from "../protocol.ts";

interface Held {
  readonly job: AcquiredJob;
  isOver: boolean;
}

/** How a job ended, as the queue saw it. */
export type JobEnd =
  | { readonly how: "completed"; readonly result: JobResult }
  | { readonly how: "failed"; readonly failure: JobFailure }
  | { readonly how: "released" };

/** For tests: a queue in memory that keeps the rules of the real one, and can be made to fail or to hang. */
export class MemoryJobSource implements JobSource {
  readonly logs: JobLogLine[] = [];
  /** Every write that reached the queue, in order. */
  readonly writes: string[] = [];
  /** Called before each write; throw to lose it, wait to delay it. */
  onWrite: (write: string) => Promise<void> | void = () => undefined;
  quota: ((dailyCost: number) => QuotaDecision) | undefined;
  readonly #waiting: AcquiredJob[] = [];
  readonly #acquirers = new Set<(job: AcquiredJob) => void>();
  readonly #held = new Map<string, Held>();
  readonly #canceled = new Set<string>();
  readonly #ends = new Map<string, PromiseWithResolvers<JobEnd>>();

  /** Puts a job in line. Resolves how it ends for the worker that has it. */
  post(job: AcquiredJob): Promise<JobEnd> {
    const end = Promise.withResolvers<JobEnd>();
    this.#ends.set(job.id, end);
    const [acquirer] = this.#acquirers;
    if (acquirer) acquirer(job);
    else this.#waiting.push(job);
    return end.promise;
  }

  cancel(job: AcquiredJob): void {
    this.#canceled.add(job.id);
  }

  /** The lease ended, and another worker has the job: what its holder writes is stale. */
  takeAway(job: AcquiredJob): void {
    this.#held.delete(job.id);
  }

  async acquire(_worker: WorkerIdentity, signal: AbortSignal): Promise<AcquiredJob> {
    await this.#write("acquire");
    const job = this.#waiting.shift() ?? (await this.#nextJob(signal));
    this.#held.set(job.id, { job, isOver: false });
    return job;
  }

  async update(job: AcquiredJob, logs: readonly JobLogLine[]): Promise<{ outcome: WriteOutcome; canceled: boolean }> {
    await this.#write("update");
    if (!this.#isHeld(job)) return { outcome: "stale", canceled: false };
    this.logs.push(...logs);
    return { outcome: "ok", canceled: this.#canceled.has(job.id) };
  }

  async complete(job: AcquiredJob, result: JobResult, logs: readonly JobLogLine[] = []): Promise<WriteOutcome> {
    await this.#write("complete");
    return this.#end(job, logs, { how: "completed", result });
  }

  async fail(job: AcquiredJob, failure: JobFailure, logs: readonly JobLogLine[] = []): Promise<WriteOutcome> {
    await this.#write("fail");
    return this.#end(job, logs, { how: "failed", failure });
  }

  async release(job: AcquiredJob): Promise<void> {
    await this.#write("release");
    this.#end(job, [], { how: "released" });
  }

  async commitQuota(_job: AcquiredJob, dailyCost: number): Promise<QuotaDecision> {
    await this.#write("quota");
    return this.quota?.(dailyCost) ?? { ok: true, creditsConsumed: 0, budget: -1 };
  }

  async #write(write: string): Promise<void> {
    await this.onWrite(write);
    this.writes.push(write);
  }

  #isHeld(job: AcquiredJob): boolean {
    const held = this.#held.get(job.id);
    return held?.job.epoch === job.epoch && !held.isOver;
  }

  #end(job: AcquiredJob, logs: readonly JobLogLine[], end: JobEnd): WriteOutcome {
    const held = this.#held.get(job.id);
    if (!held || !this.#isHeld(job)) return "stale";
    held.isOver = true;
    this.logs.push(...logs);
    this.#ends.get(job.id)?.resolve(end);
    return "ok";
  }

  #nextJob(signal: AbortSignal): Promise<AcquiredJob> {
    return new Promise((resolve, reject) => {
      const take = (job: AcquiredJob): void => {
        this.#acquirers.delete(take);
        signal.removeEventListener("abort", onAbort);
        resolve(job);
      };
      const onAbort = (): void => {
        this.#acquirers.delete(take);
        reject(signal.reason);
      };
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      this.#acquirers.add(take);
    });
  }
}
