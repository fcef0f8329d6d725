// Schedules in templates: pool schedules are ranges of time, scripts' schedules are moments.
export {
  CronError,
  cronRangeContains,
  cronRangesOverlap,
  isEmptyCronRange,
  parseCronRange,
  type CronRange,
  type WallTime,
} from "./cron-range.ts";
export { scheduledInstances, scheduleProblems, type PoolSchedule, type ScheduleProblem } from "./pool-schedule.ts";
export { normalizeScriptCron } from "./script-cron.ts";
export { isTimezone } from "./wall-time.ts";
