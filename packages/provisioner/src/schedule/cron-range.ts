/**
 * A pool schedule's cron expression, read as a set of minutes: `* 9-18 * * 1-5` is every minute from 09:00 through
 * 18:59, Monday to Friday. Each set is a bit mask, bit n for the number n.
 * @see spec/prebuilds.md §4.2
 */
export interface CronRange {
  readonly expression: string;
  readonly hours: number;
  readonly daysOfMonth: number;
  readonly months: number;
  readonly weekdays: number;
  /** Whether the field is anything but `*`. When both are, a match of either suffices: cron's own day rule. */
  readonly restrictsDayOfMonth: boolean;
  readonly restrictsWeekday: boolean;
}

/** An expression that cannot be read; the message says which field and what is allowed. */
export class CronError extends Error {
  override readonly name = "CronError";
}

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly note: string;
}

const hourField: Field = { name: "hour", least: 0, most: 23, note: "" };
const dayField: Field = { name: "day of month", least: 1, most: 31, note: "" };
const monthField: Field = { name: "month", least: 1, most: 12, note: "" };
const weekdayField: Field = { name: "weekday", least: 0, most: 6, note: ", Sunday is 0" };

/** Reads the five fields. @throws CronError */
export function parseCronRange(expression: string): CronRange {
  const fields = expression.trim().split(/\s+/);
  const [minute, hour = "", dayOfMonth = "", month = "", weekday = ""] = fields;
  if (fields.length !== 5) {
    throw new CronError(
      `"${expression}" must have five fields (minute hour day-of-month month weekday); it has ${expression.trim() === "" ? 0 : fields.length}.`,
    );
  }
  if (minute !== "*") {
    throw new CronError(
      `The minute field of "${expression}" must be *: the schedule is a range of hours, not a moment.`,
    );
  }
  return {
    expression,
    hours: parseField(hour, hourField),
    daysOfMonth: parseField(dayOfMonth, dayField),
    months: parseField(month, monthField),
    weekdays: parseField(weekday, weekdayField),
    restrictsDayOfMonth: dayOfMonth !== "*",
    restrictsWeekday: weekday !== "*",
  };
}

function parseField(text: string, field: Field): number {
  if (text === "*") return bits(field.least, field.most);
  let mask = 0;
  for (const item of text.split(",")) {
    const match = /^(\d{1,2})(?:-(\d{1,2}))?$/.exec(item);
    if (!match) {
      throw new CronError(
        `The ${field.name} field "${text}" may hold *, numbers, ranges a-b and commas only; "${item}" is none.`,
      );
    }
    const from = Number(match[1]);
    const to = Number(match[2] ?? match[1]);
    if (from < field.least || to > field.most || from > to) {
      throw new CronError(
        from > to
          ? `The ${field.name} range "${item}" runs backwards.`
          : `The ${field.name} field "${text}" must stay within ${field.least}-${field.most}${field.note}.`,
      );
    }
    mask |= bits(from, to);
  }
  return mask;
}

function bits(from: number, to: number): number {
  let mask = 0;
  for (let bit = from; bit <= to; bit++) mask |= 1 << bit;
  return mask;
}

function has(mask: number, bit: number): boolean {
  return (mask & (1 << bit)) !== 0;
}

function matchesDay(range: CronRange, dayOfMonth: number, weekday: number): boolean {
  const byDay = has(range.daysOfMonth, dayOfMonth);
  const byWeekday = has(range.weekdays, weekday);
  return range.restrictsDayOfMonth && range.restrictsWeekday ? byDay || byWeekday : byDay && byWeekday;
}

/** How long each month can be; bit and array begin at January = 1. */
const longestMonths = [0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Every (month, day) that exists falls on every weekday within 28 years, 29 February included: so two ranges share a
 * minute at some time exactly when some such triple satisfies both day rules and their hours meet.
 */
function sharesDay(a: CronRange, b: CronRange): boolean {
  for (let month = 1; month <= 12; month++) {
    if (!has(a.months & b.months, month)) continue;
    for (let day = 1; day <= (longestMonths[month] ?? 0); day++) {
      for (let weekday = 0; weekday <= 6; weekday++) {
        if (matchesDay(a, day, weekday) && matchesDay(b, day, weekday)) return true;
      }
    }
  }
  return false;
}

/** Whether some minute, ever, lies in both. Exact. @see spec/prebuilds.md §4.3, the project's rule */
export function cronRangesOverlap(a: CronRange, b: CronRange): boolean {
  return (a.hours & b.hours) !== 0 && sharesDay(a, b);
}

/** Whether no minute ever lies in it, such as 30 February. */
export function isEmptyCronRange(range: CronRange): boolean {
  return !sharesDay(range, range);
}

/** A moment on the wall of some zone. `weekday` 0 is Sunday. */
export interface WallTime {
  readonly hour: number;
  readonly dayOfMonth: number;
  readonly month: number;
  readonly weekday: number;
}

export function cronRangeContains(range: CronRange, at: WallTime): boolean {
  return has(range.hours, at.hour) && has(range.months, at.month) && matchesDay(range, at.dayOfMonth, at.weekday);
}
