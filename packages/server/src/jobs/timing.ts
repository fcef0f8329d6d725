/**
 * A worker renews its lease with every update, at least every 5 s: two updates may be lost before the lease (30 s) ends
 * and another worker goes on. @see spec/builds.md §7.2 [P]
 */
export const leaseMs = 30_000;
export const maxAttempts = 3;

/** A daemon is marked as seen every 60 s and counts as gone after 90 s. @see spec/builds.md §8.2 */
export const daemonHeartbeatMs = 60_000;
export const daemonStaleMs = 90_000;

/** Of a daemon that nobody has seen for so long the row goes. @see spec/builds.md §8.2 */
export const daemonKeptMs = 7 * 24 * 60 * 60_000;
export const purgeEveryMs = 60 * 60_000;

/** Backs up every posting: a lost hint costs at most this. @see spec/builds.md §9.3 */
export const acquirePollMs = 30_000;
/** The same for followers of a log. */
export const followPollMs = 30_000;

/** What was left of workspaces that are gone takes room, and harms nobody meanwhile. */
export const sweepEveryMs = 60 * 60_000;

/** @see spec/builds.md §12 */
export const reaperEveryMs = 60_000;
export const pendingAfterMs = 30 * 60_000;
export const reapedPerPass = 10;

/** @see spec/builds.md §11 */
export const logBudgetBytes = 1_048_576;
export const maxLineLength = 1_024;
