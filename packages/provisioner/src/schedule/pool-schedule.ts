import { CronError, cronRangeContains, cronRangesOverlap, parseCronRange, type CronRange } from "./cron-range.ts";
import { wallTime } from "./wall-time.ts";

/** One line of a preset's schedule: while the cron range holds, so many prebuilds are wanted. */
export interface PoolSchedule {
  readonly cron: string;
  readonly instances: number;
}

/** Something wrong in a preset's schedules; `index` is the schedule's place in the list. */
export interface ScheduleProblem {
  readonly index: number;
  readonly message: string;
}

/** Schedules as read; `ranges` has those that could be. */
interface ReadSchedules {
  readonly ranges: readonly { readonly index: number; readonly range: CronRange }[];
  readonly problems: readonly ScheduleProblem[];
}

/**
 * What was read, by the expressions. A pool asks again at each evaluation, and reading with all pairs compared takes a
 * hundred times as long as looking it up. Forgotten as a whole when it grows large.
 */
const memory = new Map<string, ReadSchedules>();
const mostRemembered = 10_000;

/**
 * What is wrong with a preset's schedules: those that cannot be read, and pairs that overlap (told at the later one).
 * The same rule at import and at each evaluation. @see spec/prebuilds.md §4.3
 */
export function scheduleProblems(schedules: readonly PoolSchedule[]): readonly ScheduleProblem[] {
  return recall(schedules).problems;
}

function recall(schedules: readonly PoolSchedule[]): ReadSchedules {
  const key = schedules.map(({ cron }) => cron).join("\n");
  const known = memory.get(key);
  if (known) return known;
  const result = read(schedules);
  if (memory.size >= mostRemembered) memory.clear();
  memory.set(key, result);
  return result;
}

function read(schedules: readonly PoolSchedule[]): ReadSchedules {
  const problems: ScheduleProblem[] = [];
  const ranges: { index: number; range: CronRange }[] = [];
  for (const [index, { cron }] of schedules.entries()) {
    try {
      const range = parseCronRange(cron);
      const other = ranges.find((earlier) => cronRangesOverlap(earlier.range, range));
      if (other) {
        problems.push({
          index,
          message: `"${cron}" overlaps "${other.range.expression}"; schedules must not share a minute.`,
        });
      }
      ranges.push({ index, range });
    } catch (error) {
      if (!(error instanceof CronError)) throw error;
      problems.push({ index, message: error.message });
    }
  }
  return { ranges, problems };
}

/**
 * How many prebuilds the schedules want at an instant: the first one that holds, in order.
 *
 * `instances` is `undefined` when none holds. `problem` says why the schedules cannot be used at all (zone unknown or
 * missing, a schedule broken, two overlapping); then the preset's base count applies, and an operator should know.
 * @see spec/prebuilds.md §4.5
 */
export function scheduledInstances(
  schedules: readonly PoolSchedule[],
  timezone: string,
  atMs: number,
): { instances: number | undefined; problem: string | undefined } {
  const none = (problem: string | undefined) => ({ instances: undefined, problem });
  if (schedules.length === 0) return none(undefined);
  const at = wallTime(atMs, timezone);
  if (!at)
    return none(
      timezone === "" ? "The preset's schedules have no timezone." : `The timezone "${timezone}" is not known.`,
    );
  const { ranges, problems } = recall(schedules);
  if (problems[0]) return none(problems[0].message);
  const found = ranges.find(({ range }) => cronRangeContains(range, at));
  return { instances: found && schedules[found.index]?.instances, problem: undefined };
}
