const minuteMs = 60_000;
const longestMs = 30 * 24 * 3_600_000;
const nanosecondsPerMs = 1_000_000;

/** What is wrong with a time to autostop in milliseconds; null, absent and 0 mean none. @see spec/builds.md §5.2 */
export function faultOfTtl(ttlMs: number | null | undefined): string | undefined {
  if (ttlMs === undefined || ttlMs === null || ttlMs === 0) return undefined;
  if (Math.floor(ttlMs / minuteMs) < 1) return "time until shutdown must be at least one minute";
  if (ttlMs > longestMs) return "time until shutdown must be at most 30 days";
  return undefined;
}

/** As it is stored: whole minutes, in nanoseconds, null for none. */
export function ttlToStore(ttlMs: number | null | undefined): number | null {
  if (ttlMs === undefined || ttlMs === null || ttlMs === 0) return null;
  return Math.floor(ttlMs / minuteMs) * minuteMs * nanosecondsPerMs;
}

/** Of what is stored, in nanoseconds. */
export function toMs(ns: number): number {
  return Math.floor(ns / nanosecondsPerMs);
}
