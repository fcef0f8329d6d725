/**
 * The heartbeat comes six times within a job's lease (30 s), also while a job is being cancelled, so that a slow
 * cancellation is not taken for a lost worker. @see spec/builds.md §10.1, P-11
 */
export const updateEveryMs = 5_000;
/** Lines are stored this long after the first of them. */
export const flushLogsAfterMs = 250;
/** A cancelled job that does not stop when it is asked to is failed after this. */
export const forceCancelAfterMs = 10 * 60_000;
/** One that is not ours any more, or is given back because we stop, is not waited for so long. */
export const forceStopAfterMs = 30_000;
/** A worker that cannot reach the queue for this long stops by itself: shorter than the five minutes of the reaper. */
export const selfStopAfterMs = 3 * 60_000;
/** After a failed acquisition: from the one to the other. */
export const acquireRetry = { baseMs: 10, maxMs: 1_000 };
/** After an update that was not delivered. Not slower than the heartbeat, or the lease would suffer. */
export const updateRetry = { baseMs: 250, maxMs: updateEveryMs };
/** A job's end is told again when that fails; past these tries its lease runs out. */
export const reportRetry = { baseMs: 100, maxMs: 5_000 };
export const reportAttempts = 6;
/** How long running jobs may go on when the daemon is asked to stop. */
export const usualShutdownGraceMs = 10_000;
