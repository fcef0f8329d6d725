import { Wake, type Clock, type Logger } from "@hearth/base";
import { ArchiveError, type TemplateFiles } from "../archive/index.ts";
import { EngineError, JobError } from "../errors.ts";
import type { AcquiredJob, JobFailure, JobResult, JobSource, JobTiming } from "../protocol.ts";
import type { ArchiveCache } from "./archive-cache.ts";
import { JobLog } from "./job-log.ts";
import type { JobContext, TemplateRunner } from "./template-runner.ts";
import { flushLogsAfterMs, forceCancelAfterMs, selfStopAfterMs, updateEveryMs } from "./timing.ts";

export interface RunJobDeps {
  readonly source: JobSource;
  readonly clock: Clock;
  readonly log: Logger;
  readonly archives: ArchiveCache;
  /** Picks who knows the archive's language. @throws JobError when nobody does */
  readonly runnerOf: (files: TemplateFiles) => TemplateRunner;
}

/** Why a running job was cut short. The runner sees it as its signal's reason. */
class JobCutShort extends Error {
  override readonly name = "JobCutShort";
  readonly why: "canceled" | "stale" | "unreachable" | "stopping";

  constructor(why: JobCutShort["why"], message: string) {
    super(message);
    this.why = why;
  }
}

/**
 * Runs one job to its end and reports it. Never throws: what goes wrong becomes the job's failure, or a line of the log.
 *
 * Beside the work runs a heartbeat, which also carries the lines; a job that ends within its first moments makes no
 * update at all: its lines travel with its end. When `stop` aborts, the job is given back to the queue.
 */
export async function runJob(deps: RunJobDeps, job: AcquiredJob, stop: AbortSignal): Promise<void> {
  const { source, clock } = deps;
  const log = deps.log.child({ jobId: job.id, type: job.type });
  const cut = new AbortController();
  const done = new AbortController();
  const bell = new Wake();
  const lines = new JobLog(clock, () => bell.notify());
  const onStop = () => cut.abort(new JobCutShort("stopping", "the provisioner is stopping"));
  stop.addEventListener("abort", onStop, { once: true });
  if (stop.aborted) onStop();
  const heartbeat = beat({ source, clock, log, job, lines, bell, cut, done: done.signal });
  try {
    const outcome = await settle(deps, job, lines, cut.signal);
    done.abort();
    await heartbeat;
    await report(deps, job, outcome, lines, cut.signal, log);
  } catch (error) {
    log.error({ err: error }, "the end of a job could not be reported, its lease will run out");
  } finally {
    done.abort();
    stop.removeEventListener("abort", onStop);
  }
}

type Outcome = { ok: true; result: JobResult } | { ok: false; error: unknown };

async function settle(deps: RunJobDeps, job: AcquiredJob, lines: JobLog, signal: AbortSignal): Promise<Outcome> {
  const work = perform(deps, job, lines, signal).then(
    (result): Outcome => ({ ok: true, result }),
    (error: unknown): Outcome => ({ ok: false, error }),
  );
  const forced = forceAfterCancel(deps.clock, signal, work);
  return await Promise.race([work, forced]);
}

/** Ends the wait for a runner that does not heed its signal. */
async function forceAfterCancel(clock: Clock, signal: AbortSignal, work: Promise<unknown>): Promise<Outcome> {
  const over = new AbortController();
  void work.finally(() => over.abort());
  const isCut = await new Promise<boolean>((resolve) => {
    signal.addEventListener("abort", () => resolve(true), { once: true });
    over.signal.addEventListener("abort", () => resolve(false), { once: true });
    if (signal.aborted) resolve(true);
  });
  if (isCut && !over.signal.aborted) {
    await clock.sleep(forceCancelAfterMs, { signal: over.signal, tag: "force-cancel" }).catch(() => undefined); // it ended
  }
  return {
    ok: false,
    error: new JobError("The job did not stop within 10 minutes after it was asked to, and was given up."),
  };
}

async function perform(deps: RunJobDeps, job: AcquiredJob, lines: JobLog, signal: AbortSignal): Promise<JobResult> {
  const timings: JobTiming[] = [];
  const context: JobContext = {
    signal,
    timings,
    stage: (name) => lines.stage(name),
    log: (level, output) => lines.add(level, output),
    async timed(stage, action, fn) {
      const startedAtMs = deps.clock.now();
      try {
        return await fn();
      } finally {
        timings.push({
          stage,
          source: "coder",
          action,
          resource: `coder_stage_${stage}`,
          startedAtMs,
          endedAtMs: deps.clock.now(),
        });
      }
    },
    async commitQuota(dailyCost) {
      if (job.type !== "workspace_build") return;
      const decision = await deps.source.commitQuota?.(job, dailyCost);
      if (decision === undefined || decision.ok) return;
      throw new JobError(
        `Not enough quota: this build costs ${dailyCost} a day, ${decision.creditsConsumed} of ${decision.budget} are in use. Stop or delete another workspace first.`,
        { errorCode: "INSUFFICIENT_QUOTA" },
      );
    },
  };
  const files = await deps.archives.read(job, signal);
  const runner = deps.runnerOf(files);
  if (job.type === "template_version_import") return await runner.importVersion(job, files, context);
  return await runner.build(job, () => Promise.resolve(files), context);
}

async function report(
  { source }: RunJobDeps,
  job: AcquiredJob,
  outcome: Outcome,
  lines: JobLog,
  signal: AbortSignal,
  log: Logger,
): Promise<void> {
  const why = signal.reason instanceof JobCutShort ? signal.reason.why : undefined;
  // Not ours any more: whoever has it now tells its end.
  if (why === "stale") return;
  if (!outcome.ok && why === "stopping") {
    await source.release(job);
    return;
  }
  if (outcome.ok) {
    const answer = await source.complete(job, outcome.result, lines.take());
    if (answer === "stale") log.warn({}, "a completed job was not this worker's any more");
    return;
  }
  const failure = toFailure(outcome.error, why);
  lines.note("error", failure.error);
  if (!(outcome.error instanceof JobError || outcome.error instanceof ArchiveError || why !== undefined)) {
    log.error({ err: outcome.error }, "a job failed for a reason of ours");
  }
  await source.fail(job, failure, lines.take());
}

function toFailure(error: unknown, why: JobCutShort["why"] | undefined): JobFailure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof JobError) return { error: message, errorCode: error.errorCode, state: error.state };
  if (error instanceof EngineError) {
    const state = error.state === undefined ? undefined : new TextEncoder().encode(JSON.stringify(error.state));
    return { error: message, errorCode: "", state };
  }
  if (why === "canceled") return { error: "The job was canceled.", errorCode: "", state: undefined };
  return { error: message, errorCode: "", state: undefined };
}

interface Beat {
  readonly source: JobSource;
  readonly clock: Clock;
  readonly log: Logger;
  readonly job: AcquiredJob;
  readonly lines: JobLog;
  readonly bell: Wake;
  readonly cut: AbortController;
  readonly done: AbortSignal;
}

/** Renews the lease and stores lines until the work is done. */
async function beat({ source, clock, log, job, lines, bell, cut, done }: Beat): Promise<void> {
  let lastReachedMs = clock.now();
  while (!done.aborted) {
    await nextBeat(clock, bell, done);
    if (done.aborted) return;
    const taken = lines.take();
    try {
      const { outcome, canceled } = await source.update(job, taken);
      lastReachedMs = clock.now();
      if (outcome === "stale") {
        cut.abort(new JobCutShort("stale", "the job is another worker's now"));
        return;
      }
      if (canceled && !cut.signal.aborted) {
        lines.note("info", "Canceling as asked.");
        cut.abort(new JobCutShort("canceled", "the job was canceled"));
      }
    } catch (error) {
      lines.restore(taken);
      log.warn({ err: error }, "an update of a job was not delivered");
      if (clock.now() - lastReachedMs >= selfStopAfterMs) {
        cut.abort(new JobCutShort("unreachable", "the queue could not be reached for three minutes"));
        return;
      }
    }
  }
}

/** Waits for the heartbeat's time, or for lines and then the moment in which more of them may come. */
async function nextBeat(clock: Clock, bell: Wake, done: AbortSignal): Promise<void> {
  const rung = new AbortController();
  using _subscription = bell.subscribe(() => rung.abort());
  const asleep = AbortSignal.any([rung.signal, done]);
  await clock.sleep(updateEveryMs, { signal: asleep, tag: "job-heartbeat" }).catch(() => undefined); // rung, or done
  if (!rung.signal.aborted) return;
  await clock.sleep(flushLogsAfterMs, { signal: done, tag: "job-log-flush" }).catch(() => undefined); // done
}
