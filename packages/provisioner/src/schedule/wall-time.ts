import type { WallTime } from "./cron-range.ts";

/** Making a formatter takes a hundred times as long as using it. Zones are a few hundred; names are case-insensitive. */
const formatters = new Map<string, Intl.DateTimeFormat | undefined>();
const mostFormatters = 2_000;

function formatterOf(timezone: string): Intl.DateTimeFormat | undefined {
  if (formatters.has(timezone)) return formatters.get(timezone);
  const formatter = makeFormatter(timezone);
  if (formatters.size < mostFormatters) formatters.set(timezone, formatter);
  return formatter;
}

function makeFormatter(timezone: string): Intl.DateTimeFormat | undefined {
  // An offset such as +02:00 is accepted by Intl, but is no zone: it knows no daylight saving.
  if (!/^[A-Za-z]/.test(timezone)) return undefined;
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone: timezone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined; // the documented answer to an unknown zone
    throw error;
  }
}

/** Whether it is an IANA zone that this machine knows. */
export function isTimezone(timezone: string): boolean {
  return formatterOf(timezone) !== undefined;
}

/** What the clock on the wall says there; `undefined` for an unknown zone. `atMs` is milliseconds since the epoch. */
export function wallTime(atMs: number, timezone: string): WallTime | undefined {
  const parts = formatterOf(timezone)?.formatToParts(atMs);
  if (!parts) return undefined;
  const read = (type: "year" | "month" | "day" | "hour"): number =>
    Number(parts.find((part) => part.type === type)?.value);
  const [year, month, dayOfMonth] = [read("year"), read("month"), read("day")];
  return {
    hour: read("hour"),
    dayOfMonth,
    month,
    weekday: new Date(Date.UTC(year, month - 1, dayOfMonth)).getUTCDay(),
  };
}
