import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allowedDaysOf, everyDay, nextAutostartMs, nextStartOf, parseAutostart, ScheduleError } from "./autostart.ts";

const thursday = Date.UTC(2026, 0, 1, 12);

function next(text: string, { allowed = everyDay, from = thursday } = {}): string | undefined {
  const ms = nextAutostartMs(parseAutostart(text), allowed, from);
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

test.for([
  ["CRON_TZ=Europe/Berlin 30 9 * * 1-5", "2026-01-02T08:30:00.000Z"],
  ["CRON_TZ=US/Central 0 8 * * Mon-Fri", "2026-01-01T14:00:00.000Z"],
  ["0 9 * * *", "2026-01-02T09:00:00.000Z"],
  ["0 9 * * 0", "2026-01-04T09:00:00.000Z"],
  ["0 9 * * 7", "2026-01-04T09:00:00.000Z"],
  ["0 9 * * sat-sun", "2026-01-03T09:00:00.000Z"],
  ["0 9 * * Mon,Wed", "2026-01-05T09:00:00.000Z"],
  ["0 9 * * 1-5/2", "2026-01-02T09:00:00.000Z"],
] as const)("%s starts next at %s", ([text, expected]) => {
  expect(next(text)).toBe(expected);
});

test.for([
  ["nonsense", /5 fields/],
  ["", /5 fields/],
  ["CRON_TZ=Mars/Base 30 9 * * 1-5", /time zone "Mars\/Base" is not known/],
  ["CRON_TZ=Local 30 9 * * 1-5", /not known/],
  ["CRON_TZ=+02:00 30 9 * * 1-5", /not known/],
  ["CRON_TZ=UTC 30 9 1 * 1-5", /day-of-month and month to be \*/],
  ["CRON_TZ=UTC 30 9 * 1 1-5", /day-of-month and month to be \*/],
  ["61 9 * * *", /no cron fields/],
  ["30 24 * * *", /no cron fields/],
  ["@hourly", /5 fields/],
  ["30 9 * * 8", /no list of weekdays/],
  ["30 9 * * xyz", /is no weekday/],
  ["30 9 * * 5-1", /backwards/],
] as const)("%s is refused", ([text, reason]) => {
  expect(() => parseAutostart(text)).toThrow(reason);
});

test("[builds 97] a day that is blocked is passed over", () => {
  const friday = Date.UTC(2026, 0, 2, 20);
  const weekendBlocked = allowedDaysOf(0b1100000);

  expect(next("0 9 * * *", { allowed: weekendBlocked, from: friday })).toBe("2026-01-05T09:00:00.000Z");
});

test("[builds 98] a schedule whose only day is blocked has no next start", () => {
  expect(next("0 9 * * 6", { allowed: allowedDaysOf(0b0100000) })).toBeUndefined();
});

test("[builds 98] stored text that is no schedule has no next start", () => {
  expect(nextStartOf("every morning", everyDay, thursday)).toBeUndefined();
});

test("local time decides over a change of the clocks", () => {
  const beforeSpring = Date.UTC(2026, 2, 28, 12);

  expect(next("CRON_TZ=Europe/Berlin 30 9 * * *", { from: beforeSpring })).toBe("2026-03-29T07:30:00.000Z");
});

describe("any text", () => {
  test("is a schedule, or is refused as none", () => {
    const field = fc.constantFrom("*", "1", "0-3", "*/2", "x", "60", "", "1,2");
    const text = fc.oneof(
      fc.string(),
      fc.array(field, { minLength: 4, maxLength: 6 }).map((fields) => fields.join(" ")),
    );
    fc.assert(
      fc.property(text, (schedule) => {
        try {
          const at = nextAutostartMs(parseAutostart(schedule), everyDay, thursday);
          if (at !== undefined) expect(at).toBeGreaterThan(thursday);
        } catch (error) {
          expect(error).toBeInstanceOf(ScheduleError);
        }
      }),
    );
  });
});
