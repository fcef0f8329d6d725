import { ApiError, type ProvisionerJob, type ProvisionerJobLog } from "@hearth/sdk";
import { backoffMs, messageOf } from "@hearth/base";
import { Failure, Interrupted } from "#means/failure.ts";
import type { Means } from "#means/means.ts";
import { isJobOver } from "./job-states.ts";
import { JobLogView } from "./job-log-view.ts";

/** A build or an import, and what can be asked about it. */
export interface FollowedJob<Subject> {
  /** For messages: `build 3 of "dev"`. */
  readonly title: string;
  /** The subject as it was when following begins. */
  readonly start: Subject;
  jobOf(subject: Subject): ProvisionerJob;
  read(signal: AbortSignal): Promise<Subject>;
  /** Log lines after the id, until the job is over. */
  logs(after: number | undefined, signal: AbortSignal): AsyncIterable<ProvisionerJobLog>;
  cancel(signal: AbortSignal): Promise<unknown>;
}

/** A stream that breaks while the job goes on (a server that restarts) is opened again. */
const reconnect = { baseMs: 250, maxMs: 5_000 };
const attempts = 8;
const cancelTimeoutMs = 10_000;

/**
 * Shows a job's log until it is over, and gives its subject as it is then. The log's end is what says so: nothing is
 * polled.
 *
 * Ctrl-C cancels the job and goes on until it has ended, so that nothing is left half built.
 * @throws Failure when the job failed or was canceled, Interrupted when the user canceled it.
 */
export async function followJob<Subject>(
  job: FollowedJob<Subject>,
  { out, clock, signal }: Pick<Means, "out" | "clock" | "signal">,
): Promise<Subject> {
  const leave = new AbortController();
  let canceling: Promise<void> | undefined;
  const onInterrupt = () => {
    out.note(out.noteStyle.yellow(`Canceling ${job.title} (Ctrl-C again to leave it) …`));
    canceling = cancel();
  };
  async function cancel(): Promise<void> {
    using deadline = clock.timeout(cancelTimeoutMs, { tag: "cancel job" });
    try {
      await job.cancel(deadline.signal);
    } catch (error) {
      if (await isOver(deadline.signal)) return; // it ended in the same moment, and its log ends by itself
      out.warn(`It cannot be canceled and goes on: ${messageOf(error)}`);
      leave.abort(new Interrupted());
    }
  }
  async function isOver(deadline: AbortSignal): Promise<boolean> {
    try {
      return isJobOver(job.jobOf(await job.read(deadline)).status);
    } catch {
      // Nothing is known of it, so it may well go on.
      return false;
    }
  }

  signal.addEventListener("abort", onInterrupt, { once: true });
  try {
    if (signal.aborted) onInterrupt();
    const subject = await followToEnd(job, out, clock, leave.signal);
    await canceling;
    return judge(job, subject, signal.aborted);
  } catch (error) {
    if (leave.signal.aborted) throw leave.signal.reason;
    throw error;
  } finally {
    signal.removeEventListener("abort", onInterrupt);
  }
}

async function followToEnd<Subject>(
  job: FollowedJob<Subject>,
  out: Means["out"],
  clock: Means["clock"],
  signal: AbortSignal,
): Promise<Subject> {
  const view = new JobLogView(out);
  using status = out.status(waitText(job.title, job.jobOf(job.start)));
  let after: number | undefined;
  for (let failures = 0; ;) {
    try {
      for await (const line of job.logs(after, signal)) {
        failures = 0;
        after = line.id;
        view.show(line);
        status.update(line.stage === "" ? job.title : line.stage);
      }
      const subject = await job.read(signal);
      if (isJobOver(job.jobOf(subject).status)) return subject;
    } catch (error) {
      signal.throwIfAborted();
      if ((error instanceof ApiError && !error.shouldRetry) || failures >= attempts) throw error;
    }
    failures += 1;
    await clock.sleep(backoffMs(reconnect, failures), { signal, tag: "follow job" });
  }
}

function waitText(title: string, job: ProvisionerJob): string {
  if (job.status !== "pending" || job.queue_position < 1) return `Waiting for ${title}`;
  return `Waiting for ${title}: ${job.queue_position} of ${job.queue_size} in the queue`;
}

function judge<Subject>(job: FollowedJob<Subject>, subject: Subject, isInterrupted: boolean): Subject {
  const { status, error } = job.jobOf(subject);
  if (status === "succeeded") return subject;
  if (status === "canceled") {
    if (isInterrupted) throw new Interrupted();
    throw new Failure(`Canceled: ${job.title}.`);
  }
  throw new Failure(`Failed: ${job.title}.`, {
    details: error === undefined ? [] : [error],
    cause: new JobFailed(subject),
  });
}

/** Carries the subject of a failed job, for callers that can do something about it. */
export class JobFailed extends Error {
  override readonly name = "JobFailed";
  readonly subject: unknown;

  constructor(subject: unknown) {
    super("The job failed.");
    this.subject = subject;
  }
}
