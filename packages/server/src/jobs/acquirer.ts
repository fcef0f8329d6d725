import type { Clock, Logger } from "@hearth/base";
import type { Db } from "../ground/database/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import type { Granted } from "../access/index.ts";
import type { JobRow } from "./job-row.ts";
import { mayRun, type Offer } from "./placement.ts";
import { acquireJob } from "./queue.ts";
import { acquirePollMs } from "./timing.ts";

interface Waiter {
  readonly granted: Granted<"provisioner_jobs:update">;
  readonly daemonId: string;
  readonly signal: AbortSignal;
  resolve(job: JobRow): void;
  reject(reason: unknown): void;
}

/**
 * Workers of this replica that wait for jobs and offer the same: a *domain*.
 *
 * Invariants: at most one of them asks the database at a time; a hit lets the next ask at once, so that a backlog drains
 * without messages; a wake during a question causes one more; a poll stands behind lost messages.
 * @see spec/builds.md §9.2
 */
export class Acquirer implements AsyncDisposable {
  readonly #deps: { db: Db; pubsub: PubSub; clock: Clock; log: Logger };
  readonly #waiters: Waiter[] = [];
  readonly #stop = new AbortController();
  readonly #subscription: Disposable;
  readonly #polling: Promise<void>;
  #asking: Promise<void> | undefined;
  #askAgain = false;

  constructor(deps: { db: Db; pubsub: PubSub; clock: Clock; log: Logger }, offer: Offer) {
    this.#deps = deps;
    this.#subscription = deps.pubsub.subscribe("provisioner_job_posted", "*", {
      // What nobody here may run is not worth a question.
      onMessage: (job, organizationId) => {
        if (mayRun(offer, { organization_id: organizationId, ...job })) this.#wake();
      },
      onDropped: () => this.#wake(),
    });
    this.#polling = this.#poll();
  }

  /** Resolves with a job that is now this worker's. Rejects with the signal's reason. */
  async acquire(granted: Granted<"provisioner_jobs:update">, daemonId: string, signal: AbortSignal): Promise<JobRow> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<JobRow>();
    const waiter: Waiter = { granted, daemonId, signal, resolve, reject };
    const leave = () => {
      const index = this.#waiters.indexOf(waiter);
      // Not there: a job is on its way to it, which must not be lost.
      if (index >= 0) {
        this.#waiters.splice(index, 1);
        reject(signal.reason);
      }
    };
    signal.addEventListener("abort", leave, { once: true });
    this.#waiters.push(waiter);
    this.#wake();
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  #wake() {
    if (this.#asking !== undefined) {
      this.#askAgain = true;
      return;
    }
    if (this.#waiters.length === 0 || this.#stop.signal.aborted) return;
    this.#asking = this.#ask().finally(() => {
      this.#asking = undefined;
      if (this.#askAgain) this.#wake();
    });
  }

  async #ask(): Promise<void> {
    const { db, clock, log } = this.#deps;
    for (;;) {
      this.#askAgain = false;
      const waiter = this.#waiters.shift();
      if (waiter === undefined) return;
      let job: JobRow | undefined;
      try {
        job = await acquireJob(db, waiter.granted, waiter.daemonId, clock.now());
      } catch (error) {
        log.warn({ err: error }, "taking a job failed, the poll tries again");
      }
      if (job !== undefined) {
        waiter.resolve(job);
        continue;
      }
      // It left while we asked for it; had there been a job, it would have got it all the same.
      if (waiter.signal.aborted) waiter.reject(waiter.signal.reason);
      else this.#waiters.unshift(waiter);
      if (!this.#askAgain) return;
    }
  }

  async #poll(): Promise<void> {
    const { clock } = this.#deps;
    while (!this.#stop.signal.aborted) {
      await clock.sleep(acquirePollMs, { signal: this.#stop.signal, tag: "acquire-poll" }).catch(() => undefined); // only the signal rejects it
      this.#wake();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#subscription[Symbol.dispose]();
    await this.#asking;
    await this.#polling;
  }
}
