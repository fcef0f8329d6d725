import { Cron } from "croner";

/** When a workspace starts by itself: at minutes and hours of weekdays, on the wall of a zone. */
export interface AutostartSchedule {
  /** Cron fields as they were written. */
  readonly minute: string;
  readonly hour: string;
  /** Bit 0 is Monday, bit 6 Sunday. */
  readonly weekdays: number;
  readonly timezone: string;
}

/** Bit 0 is Monday, bit 6 Sunday: every day. */
export const everyDay = 0b1111111;

const dayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** Text that is no schedule; the message says what is wrong, for whoever wrote it. */
export class ScheduleError extends Error {
  override readonly name = "ScheduleError";
}

/**
 * Reads `CRON_TZ=<zone> <minute> <hour> * * <weekdays>`; the zone is UTC when left out. Weekdays are numbers (Sunday is 0
 * or 7) or names. @throws ScheduleError @see spec/builds.md §5.2
 */
export function parseAutostart(text: string): AutostartSchedule {
  const words = text.trim().split(/\s+/);
  const zone = /^CRON_TZ=(.+)/.exec(words[0] ?? "")?.[1];
  const timezone = zone ?? "UTC";
  const fields = zone === undefined ? words : words.slice(1);
  const [minute = "", hour = "", dayOfMonth = "", month = "", weekday = ""] = fields;
  if (fields.length !== 5) {
    throw new ScheduleError("expected a schedule of 5 fields with an optional CRON_TZ=<timezone> prefix");
  }
  if (!isZone(timezone))
    throw new ScheduleError(`the time zone "${timezone}" is not known; give a name such as Europe/Berlin`);
  if (dayOfMonth !== "*" || month !== "*") throw new ScheduleError("expected day-of-month and month to be *");
  const schedule = { minute, hour, weekdays: parseWeekdays(weekday), timezone };
  try {
    toCron(schedule, schedule.weekdays);
  } catch (error) {
    throw new ScheduleError(`minute "${minute}" and hour "${hour}" are no cron fields`, { cause: error });
  }
  return schedule;
}

/**
 * The next start after `afterMs`, on a day that is allowed too; undefined when there is none. The days of schedule and
 * template are intersected first, so this is one step and no walk, and there is one within a week of the wall's days,
 * which has an hour more than seven where clocks are put back. Pure. @see spec/builds.md §13.5, P-17
 */
export function nextAutostartMs(schedule: AutostartSchedule, allowedDays: number, afterMs: number): number | undefined {
  const days = schedule.weekdays & allowedDays;
  if (days === 0) return undefined;
  return toCron(schedule, days).nextRun(new Date(afterMs))?.getTime();
}

/** The same for stored text; text that is no schedule (any more) has no next start. */
export function nextStartOf(text: string | null, allowedDays: number, afterMs: number): number | undefined {
  if (text === null) return undefined;
  try {
    return nextAutostartMs(parseAutostart(text), allowedDays, afterMs);
  } catch (error) {
    if (error instanceof ScheduleError) return undefined;
    throw error;
  }
}

/** Days on which workspaces of a template may start; the template stores those on which they may not. */
export function allowedDaysOf(blockedDays: number): number {
  return ~blockedDays & everyDay;
}

function toCron(schedule: AutostartSchedule, days: number): Cron {
  // Cron counts from Sunday.
  const list = dayNames.flatMap((_, bit) => ((days & (1 << bit)) === 0 ? [] : [String((bit + 1) % 7)]));
  if (!/^[\d,*/-]+$/.test(schedule.minute) || !/^[\d,*/-]+$/.test(schedule.hour)) {
    throw new ScheduleError("minute and hour take numbers, lists, ranges and steps only");
  }
  return new Cron(`${schedule.minute} ${schedule.hour} * * ${list.join(",")}`, {
    timezone: schedule.timezone,
    mode: "5-part",
  });
}

function parseWeekdays(text: string): number {
  let days = 0;
  for (const item of text.toLowerCase().split(",")) {
    const match = /^(?:(\*)|([a-z]{3}|[0-7])(?:-([a-z]{3}|[0-7]))?)(?:\/([1-7]))?$/.exec(item);
    if (match === null) throw new ScheduleError(`"${text}" is no list of weekdays; give 1-5, or Mon,Wed,Fri`);
    const first = match[1] === "*" ? 0 : cronDay(match[2] ?? "", text);
    const end = match[1] === "*" ? 6 : match[3] === undefined ? first : cronDay(match[3], text);
    const last = end === 0 && first > 0 ? 7 : end; // Sat-Sun
    if (last < first) throw new ScheduleError(`the weekdays "${item}" run backwards`);
    // Cron day n (Sunday 0 or 7) is our bit n - 1, Sunday the last.
    for (let day = first; day <= last; day += Number(match[4] ?? 1)) days |= 1 << ((day + 6) % 7);
  }
  return days;
}

/** 0 is Sunday, as cron has it. */
function cronDay(text: string, whole: string): number {
  if (/\d/.test(text)) return Number(text);
  const index = dayNames.indexOf(text);
  if (index < 0) throw new ScheduleError(`"${text}" in "${whole}" is no weekday`);
  return (index + 1) % 7;
}

function isZone(timezone: string): boolean {
  // An offset such as +02:00 is taken by Intl, but is no zone: it knows no daylight saving, and has no name.
  if (!/[A-Za-z]/.test(timezone)) return false;
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: timezone });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false; // the documented answer to an unknown zone
    throw error;
  }
}
