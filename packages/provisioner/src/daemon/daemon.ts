import { backoffMs, type Clock, type Logger } from "@hearth/base";
import type { TemplateFiles } from "../archive/index.ts";
import { JobError } from "../errors.ts";
import { templateKind } from "../manifest/index.ts";
import type { AcquiredJob, JobSource, WorkerIdentity } from "../protocol.ts";
import { ArchiveCache } from "./archive-cache.ts";
import { runJob } from "./run-job.ts";
import type { TemplateRunner } from "./template-runner.ts";
import { acquireRetry } from "./timing.ts";

export interface DaemonOptions {
  readonly source: JobSource;
  /** One job at a time each. */
  readonly workers: readonly WorkerIdentity[];
  /** Who knows native templates; Terraform's comes with its engine. */
  readonly native: TemplateRunner;
  readonly terraform?: TemplateRunner;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Takes jobs and runs them until it is disposed.
 *
 * Stopping: no worker asks for another job; running ones are told to stop at their next good point and go back to the
 * queue, unless they end first. Resolves once every worker has ended.
 */
export class ProvisionerDaemon implements AsyncDisposable {
  readonly #options: DaemonOptions;
  readonly #stop = new AbortController();
  readonly #archives = new ArchiveCache();
  readonly #loops: Promise<void>[];

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.#loops = options.workers.map((worker) => this.#work(worker));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("the provisioner is stopping"));
    await Promise.all(this.#loops);
  }

  async #work(worker: WorkerIdentity): Promise<void> {
    const { source, clock, log } = this.#options;
    const { signal } = this.#stop;
    let failures = 0;
    while (!signal.aborted) {
      let job: AcquiredJob;
      try {
        job = await source.acquire(worker, signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        log.warn({ err: error, worker: worker.name }, "no job could be taken");
        await clock.sleep(backoffMs(acquireRetry, failures++), { signal, tag: "acquire-retry" }).catch(() => undefined); // stopping
        continue;
      }
      await runJob(
        { source, clock, log, archives: this.#archives, runnerOf: (files) => this.#runnerOf(files) },
        job,
        signal,
      );
    }
  }

  #runnerOf(files: TemplateFiles): TemplateRunner {
    const found = templateKind(files);
    if (found.kind === "none") throw new JobError(found.problem);
    if (found.kind === "native") return this.#options.native;
    if (this.#options.terraform !== undefined) return this.#options.terraform;
    throw new JobError("This provisioner runs no Terraform templates: push a native one (hearth.yaml).");
  }
}
