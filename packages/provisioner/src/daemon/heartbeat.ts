import { backoffMs, type Clock, type Logger } from "@hearth/base";
import type { AcquiredJob, JobSource } from "../protocol.ts";
import { JobLog } from "./job-log.ts";
import { flushLogsAfterMs, selfStopAfterMs, updateEveryMs, updateRetry } from "./timing.ts";

/** Why a running job is cut short. The runner sees it as its signal's reason. */
export class JobCutShort extends Error {
  override readonly name = "JobCutShort";
  /**
   * - `canceled`: someone asked for it; the job fails
   * - `stale`: the job is another worker's, or over; nothing is told
   * - `unreachable`: the queue has been away too long; the job is another's soon
   * - `stopping`: the daemon stops; the job goes back to the queue
   */
  readonly why: "canceled" | "stale" | "unreachable" | "stopping";

  constructor(why: JobCutShort["why"], message: string) {
    super(message);
    this.why = why;
  }
}

export interface HeartbeatOptions {
  readonly source: JobSource;
  readonly job: AcquiredJob;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborted, with a {@link JobCutShort}, when the queue says so or cannot be reached. */
  readonly cut: AbortController;
}

/**
 * Renews a job's lease and stores its lines until it is stopped, also while the job is being cancelled.
 *
 * - Lines leave {@link flushLogsAfterMs} after the first of them, a renewal {@link updateEveryMs} after the last update.
 *   A job that ends before either makes no update at all; its lines travel with its end.
 * - One update at a time; an update that fails keeps its lines for the next.
 */
export class Heartbeat {
  readonly lines: JobLog;
  readonly #options: HeartbeatOptions;
  readonly #stop = new AbortController();
  readonly #beating: Promise<void>;
  /** Ends the wait for the next renewal, because lines have come. */
  #ring: AbortController | undefined;
  #failures = 0;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.lines = new JobLog(options.clock, () => this.#ring?.abort());
    this.#beating = this.#beat();
  }

  /** Resolves when no update is under way any more. What is in line stays there. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#beating;
  }

  async #beat(): Promise<void> {
    const { clock, cut, log } = this.#options;
    let reachedMs = clock.now();
    for (;;) {
      await this.#wait();
      if (this.#stop.signal.aborted) return;
      const isReached = await this.#update();
      if (isReached) reachedMs = clock.now();
      else if (clock.now() - reachedMs >= selfStopAfterMs && !cut.signal.aborted) {
        log.warn({ jobId: this.#options.job.id }, "the queue was away for too long, a job is given up");
        cut.abort(new JobCutShort("unreachable", "The queue could not be reached for three minutes."));
      }
      if (cutReason(cut.signal)?.why === "stale") return;
    }
  }

  async #wait(): Promise<void> {
    if (this.#failures > 0) {
      return await this.#sleep(
        backoffMs(updateRetry, this.#failures, () => 1),
        "job-update-retry",
        this.#stop.signal,
      );
    }
    if (this.lines.isEmpty) {
      // Made and looked at without a pause in between, so no line can slip through.
      const ring = (this.#ring = new AbortController());
      const onStop = (): void => ring.abort();
      this.#stop.signal.addEventListener("abort", onStop, { once: true });
      if (this.#stop.signal.aborted) ring.abort();
      await this.#sleep(updateEveryMs, "job-heartbeat", ring.signal);
      this.#stop.signal.removeEventListener("abort", onStop);
      this.#ring = undefined;
      if (this.lines.isEmpty) return;
    }
    await this.#sleep(flushLogsAfterMs, "job-log-flush", this.#stop.signal);
  }

  async #sleep(ms: number, tag: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#options.clock.sleep(ms, { signal, tag });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** True when the queue answered. */
  async #update(): Promise<boolean> {
    const { source, job, log, cut } = this.#options;
    const lines = this.lines.take();
    try {
      const { outcome, canceled } = await source.update(job, lines);
      this.#failures = 0;
      if (outcome === "stale") cut.abort(new JobCutShort("stale", "The job is not this worker's any more."));
      else if (canceled && !cut.signal.aborted) {
        this.lines.note("info", "The job is being canceled, as asked.");
        cut.abort(new JobCutShort("canceled", "The job was canceled."));
      }
      return true;
    } catch (error) {
      this.#failures++;
      this.lines.restore(lines);
      log.warn({ err: error, jobId: job.id }, "an update of a job was not delivered");
      return false;
    }
  }
}

/** Why a job was cut short; `undefined` when it was not. */
export function cutReason(signal: AbortSignal): JobCutShort | undefined {
  return signal.reason instanceof JobCutShort ? signal.reason : undefined;
}
