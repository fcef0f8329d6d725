/**
 * The heartbeat comes six times within a job's lease (30 s), also while a job is being cancelled, so that a slow
 * cancellation is not taken for a lost worker. @see spec/builds.md §10.1, P-11
 */
export const updateEveryMs = 5_000;
/** Lines are stored this long after the first of them. */
export const flushLogsAfterMs = 250;
/** A job that does not stop when it is asked to is failed after this. */
export const forceCancelAfterMs = 10 * 60_000;
/** A worker that cannot reach the queue for this long stops by itself: shorter than the five minutes of the reaper. */
export const selfStopAfterMs = 3 * 60_000;
/** After a failed acquisition: from the one to the other. */
export const acquireRetry = { baseMs: 10, maxMs: 1_000 };
