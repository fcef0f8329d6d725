import { type Clock, type Logger, messageOf, retry } from "@hearth/base";
import { ArchiveError, type TemplateFiles } from "../archive/index.ts";
import { JobError } from "../errors.ts";
import type { AcquiredJob, BuildJob, JobFailure, JobResult, JobSource, JobTiming } from "../protocol.ts";
import type { ArchiveCache } from "./archive-cache.ts";
import { cutReason, Heartbeat, JobCutShort } from "./heartbeat.ts";
import type { JobLog } from "./job-log.ts";
import type { JobContext, TemplateLanguage } from "./template-language.ts";
import { forceCancelAfterMs, forceStopAfterMs, reportAttempts, reportRetry } from "./timing.ts";

export interface RunJobDeps {
  readonly source: JobSource;
  readonly clock: Clock;
  readonly log: Logger;
  readonly archives: ArchiveCache;
  /** Picks who knows the archive's language. @throws JobError when nobody does */
  readonly runnerOf: (files: TemplateFiles) => TemplateLanguage;
  /** Who built what a state describes, when the state says so: then a stop or delete needs no archive to find its runner. */
  readonly runnerOfState: (state: Uint8Array | undefined) => TemplateLanguage | undefined;
}

/**
 * Runs one job to its end and reports it. Never throws: what goes wrong becomes the job's failure, or a line of the log.
 *
 * Beside the work runs a heartbeat. When `stop` aborts, the job is told to stop and given back to the queue.
 */
export async function runJob(deps: RunJobDeps, job: AcquiredJob, stop: AbortSignal): Promise<void> {
  const { source, clock } = deps;
  const log = deps.log.child({ jobId: job.id, type: job.type });
  const cut = new AbortController();
  const onStop = (): void => cut.abort(new JobCutShort("stopping", "The provisioner is stopping."));
  stop.addEventListener("abort", onStop, { once: true });
  if (stop.aborted) onStop();
  const heartbeat = new Heartbeat({ source, job, clock, log, cut });
  try {
    const outcome = await settle(deps, job, heartbeat.lines, cut.signal);
    await heartbeat.stop();
    await report(deps, job, outcome, heartbeat.lines, cut.signal, log);
  } catch (error) {
    log.error({ err: error }, "the end of a job could not be told, its lease will run out");
  } finally {
    await heartbeat.stop();
    stop.removeEventListener("abort", onStop);
  }
}

type Outcome = { readonly ok: true; readonly result: JobResult } | { readonly ok: false; readonly error: unknown };

/** The work's outcome, or, when the runner does not heed its signal, that it was given up. */
async function settle(deps: RunJobDeps, job: AcquiredJob, lines: JobLog, signal: AbortSignal): Promise<Outcome> {
  const over = new AbortController();
  const work = perform(deps, job, lines, signal).then(
    (result): Outcome => ({ ok: true, result }),
    (error: unknown): Outcome => ({ ok: false, error }),
  );
  try {
    return await Promise.race([work, giveUp(deps.clock, signal, over.signal)]);
  } finally {
    over.abort();
  }
}

/** Resolves some time after `cut` aborts; never when `over` does first. */
function giveUp(clock: Clock, cut: AbortSignal, over: AbortSignal): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const wait = (): void => {
      const isCanceled = cutReason(cut)?.why === "canceled";
      const ms = isCanceled ? forceCancelAfterMs : forceStopAfterMs;
      clock.sleep(ms, { signal: over, tag: "job-force-stop" }).then(
        () =>
          resolve({
            ok: false,
            error: new JobError(
              `The job did not stop within ${ms / 1000} seconds after it was asked to, and was given up.`,
            ),
          }),
        (error: unknown) => (over.aborted ? undefined : reject(error)),
      );
    };
    if (cut.aborted) wait();
    else cut.addEventListener("abort", wait, { once: true, signal: over });
  });
}

async function perform(deps: RunJobDeps, job: AcquiredJob, lines: JobLog, signal: AbortSignal): Promise<JobResult> {
  const context = contextOf(deps, job, lines, signal);
  if (job.type === "template_version_import") {
    const files = await deps.archives.read(job, signal);
    return await deps.runnerOf(files).importVersion(job, files, context);
  }
  const files = (): Promise<TemplateFiles> => deps.archives.read(job, signal);
  // What was built must be able to go away, whatever became of its archive. @see spec/builds.md P-2
  const ender = job.transition === "start" ? undefined : deps.runnerOfState(job.state);
  const runner = ender ?? deps.runnerOf(await files());
  return await runner.build(job, files, context);
}

function contextOf(deps: RunJobDeps, job: AcquiredJob, lines: JobLog, signal: AbortSignal): JobContext {
  const { clock, source } = deps;
  const timings: JobTiming[] = [];
  return {
    signal,
    timings,
    stage: (name) => lines.stage(name),
    log: (level, output) => lines.add(level, output),
    async timed(stage, action, fn) {
      const startedAtMs = clock.now();
      try {
        return await fn();
      } finally {
        const resource = `coder_stage_${stage}`;
        timings.push({ stage, source: "coder", action, resource, startedAtMs, endedAtMs: clock.now() });
      }
    },
    commitQuota: async (dailyCost) => {
      if (job.type === "workspace_build") await commitQuota(source, job, dailyCost);
    },
  };
}

async function commitQuota(source: JobSource, job: BuildJob, dailyCost: number): Promise<void> {
  // What costs nothing is never refused, and not worth a write on its way.
  if (!source.commitQuota || dailyCost === 0) return;
  const { ok, creditsConsumed, budget } = await source.commitQuota(job, dailyCost);
  if (ok) return;
  throw new JobError(
    `Not enough quota: this build costs ${dailyCost} a day, ${creditsConsumed} of ${budget} are in use. Stop or delete another workspace first.`,
    { errorCode: "INSUFFICIENT_QUOTA" },
  );
}

async function report(
  deps: RunJobDeps,
  job: AcquiredJob,
  outcome: Outcome,
  lines: JobLog,
  cut: AbortSignal,
  log: Logger,
): Promise<void> {
  const { source } = deps;
  const why = cutReason(cut)?.why;
  // Whoever has it now tells its end.
  if (why === "stale") return;
  const end = lines.take();
  if (outcome.ok) {
    const stored = await storeResult(deps, job, outcome.result, end, log);
    if (stored === "stale") log.warn({}, "a completed job was not this worker's any more");
    return;
  }
  if (why === "stopping" || why === "unreachable") {
    await persistently(deps, log, () => source.release(job));
    return;
  }
  const { error } = outcome;
  const failure = toFailure(error, why);
  lines.note("error", failure.error);
  if (!(error instanceof JobError || error instanceof ArchiveError || why !== undefined)) {
    log.error({ err: error }, "a job failed for a reason of ours");
  }
  await persistently(deps, log, () => source.fail(job, failure, [...end, ...lines.take()]));
}

/** Stores the result; when that cannot be done, at least the state, so that what was built is not forgotten. */
async function storeResult(
  deps: RunJobDeps,
  job: AcquiredJob,
  result: JobResult,
  lines: ReturnType<JobLog["take"]>,
  log: Logger,
): Promise<"ok" | "stale"> {
  try {
    return await persistently(deps, log, () => deps.source.complete(job, result, lines));
  } catch (error) {
    log.error({ err: error }, "the result of a job could not be stored");
    const state = result.type === "workspace_build" ? result.state : undefined;
    const failure: JobFailure = { error: `The result could not be stored: ${messageOf(error)}`, errorCode: "", state };
    return await deps.source.fail(job, failure, lines);
  }
}

/** Tells the queue again while it cannot be reached. A lost answer is no danger: the second time it is stale. */
async function persistently<T>({ clock }: RunJobDeps, log: Logger, tell: () => Promise<T>): Promise<T> {
  const always = new AbortController().signal;
  return await retry(tell, {
    policy: reportRetry,
    attempts: reportAttempts,
    clock,
    signal: always,
    tag: "job-report",
    onRetry: ({ error, attempt }) => log.warn({ err: error, attempt }, "the end of a job was not delivered"),
  });
}

function toFailure(error: unknown, why: JobCutShort["why"] | undefined): JobFailure {
  if (error instanceof JobError) return { error: error.message, errorCode: error.errorCode, state: error.state };
  return { error: why === "canceled" ? "The job was canceled." : messageOf(error), errorCode: "", state: undefined };
}
