import { backoffMs, once, type Clock, type Logger } from "@hearth/base";
import { ArchiveThreads, type TemplateFiles } from "../archive/index.ts";
import { readEngineState } from "../engines/read-state.ts";
import { JobError } from "../errors.ts";
import { languages, templateKind } from "../manifest/index.ts";
import type { AcquiredJob, JobSource, WorkerIdentity } from "../protocol.ts";
import { ArchiveCache } from "./archive-cache.ts";
import { runJob, type RunJobDeps } from "./run-job.ts";
import type { TemplateLanguage } from "./template-language.ts";
import { acquireRetry, usualShutdownGraceMs } from "./timing.ts";

export interface DaemonOptions {
  readonly source: JobSource;
  /** One job at a time each. */
  readonly workers: readonly WorkerIdentity[];
  /** Whose templates it runs, one of each name. */
  readonly languages: readonly TemplateLanguage[];
  readonly clock: Clock;
  readonly log: Logger;
  /** How long running jobs may go on after the daemon is asked to stop, before they go back to the queue. @default 10 000 */
  readonly shutdownGraceMs?: number;
}

/**
 * Takes jobs and runs them until it is disposed.
 *
 * Stopping has two stages: no worker asks for another job, and running ones may end; after the grace they are told to
 * stop at their next good point and go back to the queue. Resolves once every worker has ended.
 */
export class ProvisionerDaemon implements AsyncDisposable {
  readonly #options: DaemonOptions;
  /** Ends the asking for jobs. */
  readonly #drain = new AbortController();
  /** Ends the running of jobs. */
  readonly #stop = new AbortController();
  readonly #jobs: RunJobDeps;
  readonly #workers: Promise<void>[];

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.#jobs = {
      source: options.source,
      clock: options.clock,
      log: options.log,
      archives: new ArchiveCache(new ArchiveThreads(options)),
      runnerOf: (files) => this.#runnerOf(files),
      runnerOfState: (state) => this.#runnerOfState(state),
    };
    this.#workers = options.workers.map((worker) => this.#work(worker));
  }

  readonly [Symbol.asyncDispose] = once(async () => {
    const { clock, log, shutdownGraceMs = usualShutdownGraceMs } = this.#options;
    this.#drain.abort(new Error("The provisioner is stopping."));
    const ended = Promise.all(this.#workers);
    const over = new AbortController();
    const grace = clock.sleep(shutdownGraceMs, { signal: over.signal, tag: "daemon-shutdown" }).then(
      () => {
        log.info({ graceMs: shutdownGraceMs }, "jobs that still run go back to the queue");
        this.#stop.abort(new Error("The provisioner is stopping."));
      },
      () => undefined, // all jobs ended within the grace
    );
    await ended;
    over.abort();
    await grace;
  });

  async #work(worker: WorkerIdentity): Promise<void> {
    const { source, log } = this.#options;
    let failures = 0;
    while (!this.#drain.signal.aborted) {
      let job: AcquiredJob;
      try {
        job = await source.acquire(worker, this.#drain.signal);
        failures = 0;
      } catch (error) {
        if (this.#drain.signal.aborted) return;
        failures++;
        log.warn({ err: error, worker: worker.name, failures }, "no job could be taken");
        await this.#pause(backoffMs(acquireRetry, failures));
        continue;
      }
      if (this.#drain.signal.aborted) await this.#giveBack(job);
      else await runJob(this.#jobs, job, this.#stop.signal);
    }
  }

  /** A job that was taken at the moment of stopping. */
  async #giveBack(job: AcquiredJob): Promise<void> {
    try {
      await this.#options.source.release(job);
    } catch (error) {
      this.#options.log.warn({ err: error, jobId: job.id }, "a job could not be given back, its lease will run out");
    }
  }

  async #pause(ms: number): Promise<void> {
    const { signal } = this.#drain;
    try {
      await this.#options.clock.sleep(ms, { signal, tag: "acquire-retry" });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #runnerOf(files: TemplateFiles): TemplateLanguage {
    const found = templateKind(files);
    if (found.kind === "none") throw new JobError(found.problem);
    const language = this.#options.languages.find(({ name }) => name === found.kind);
    if (language) return language;
    const own = this.#options.languages.map(({ name }) => `${languages[name].title} ones (${languages[name].files})`);
    throw new JobError(
      `This provisioner runs no ${languages[found.kind].title} templates, but ${own.join(" and ") || "none at all"}.`,
    );
  }

  #runnerOfState(state: Uint8Array | undefined): TemplateLanguage | undefined {
    const engine = readEngineState(state)?.engine;
    return engine && this.#options.languages.find(({ engines }) => engines.includes(engine));
  }
}
