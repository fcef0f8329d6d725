import fc from "fast-check";
import { describe, expect, onTestFinished, test, vi } from "vitest";
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
  ["9 * * 1-5", /5 fields/],
  ["30 9 * * 1 2", /5 fields/],
  ["CRON_TZ= 30 9 * * 1", /5 fields/],
  ["xCRON_TZ=UTC 30 9 * * 1", /5 fields/],
  ["? 9 * * *", /no cron fields/],
  ["30 ? * * *", /no cron fields/],
  ["30 L * * *", /no cron fields/],
  ["?,5 9 * * *", /no cron fields/],
  ["5,? 9 * * *", /no cron fields/],
  ["30 ?,5 * * *", /no cron fields/],
  ["30 5,? * * *", /no cron fields/],
  ["30 9 ? * *", /day-of-month and month/],
  ["30 9 * * 1-", /no list of weekdays/],
  ["30 9 * * -5", /no list of weekdays/],
  ["30 9 * * 1-5-6", /no list of weekdays/],
  ["30 9 * * mo", /no list of weekdays/],
  ["30 9 * * mond", /no list of weekdays/],
  ["30 9 * * 1-5/0", /no list of weekdays/],
  ["30 9 * * 1-5/8", /no list of weekdays/],
  ["30 9 * * 1,", /no list of weekdays/],
  ["30 9 * * **", /no list of weekdays/],
  ["30 9 * * mon-xyz", /"xyz" in "mon-xyz" is no weekday/],
] as const)("%s is refused", ([text, reason]) => {
  expect(() => parseAutostart(text)).toThrow(reason);
});

test("a field that is none is refused with what cron says of it", () => {
  expect(() => parseAutostart("61 9 * * *")).toThrow(
    expect.objectContaining({
      cause: expect.objectContaining({ message: expect.stringMatching(/for minute: 61/) as string }) as Error,
    }) as Error,
  );
});

test("what breaks while a schedule is read is no fault of the schedule", () => {
  vi.spyOn(Intl, "DateTimeFormat").mockImplementation(function () {
    throw new Error("no data of zones");
  });
  onTestFinished(() => void vi.restoreAllMocks());

  expect(() => nextStartOf("CRON_TZ=Europe/Berlin 30 9 * * *", everyDay, thursday)).toThrow("no data of zones");
});

const [mon, tue, wed, thu, fri, sat, sun] = [1, 2, 4, 8, 16, 32, 64];

test.for<[text: string, days: number]>([
  ["*", everyDay],
  ["0-6", everyDay],
  ["mon-sun", everyDay],
  ["1-7", everyDay],
  ["*/2", sun + tue + thu + sat],
  ["1-5", mon + tue + wed + thu + fri],
  ["1-5/2", mon + wed + fri],
  ["5-7", fri + sat + sun],
  ["5-0", fri + sat + sun],
  ["sat-sun", sat + sun],
  ["sun-mon", sun + mon],
  ["sun", sun],
  ["0", sun],
  ["7", sun],
  ["0-0", sun],
  ["3", wed],
  ["Tue,THU", tue + thu],
  ["6,0-1", sat + sun + mon],
])("the weekdays %s", ([text, days]) => {
  expect(parseAutostart(`30 9 * * ${text}`).weekdays).toBe(days);
});

test.for([
  ["  CRON_TZ=Europe/Berlin   30\t9  *\n* 1 ", { minute: "30", hour: "9", weekdays: mon, timezone: "Europe/Berlin" }],
  ["0,30 8-17/3 * * 2", { minute: "0,30", hour: "8-17/3", weekdays: tue, timezone: "UTC" }],
  ["*/15 * * * 2", { minute: "*/15", hour: "*", weekdays: tue, timezone: "UTC" }],
] as const)("%j is read field by field", ([text, schedule]) => {
  expect(parseAutostart(text)).toEqual(schedule);
});

test.for([
  ["a week later is not too late", "0 12 * * 4", thursday, "2026-01-08T12:00:00.000Z"],
  [
    "nor is the same hour of a week that has one more",
    "CRON_TZ=Europe/Berlin 0 9 * * 6",
    Date.UTC(2026, 9, 24, 7),
    "2026-10-31T08:00:00.000Z",
  ],
] as const)("%s", ([, text, from, expected]) => {
  expect(next(text, { from })).toBe(expected);
});

test.for([null, ""])("nothing stored (%j) has no next start", (text) => {
  expect(nextStartOf(text, everyDay, thursday)).toBeUndefined();
});

test("a schedule has no next start where the calendar ends", () => {
  expect(next("0 9 * * *", { from: Date.UTC(9999, 11, 31, 12) })).toBeUndefined();
});

test("days of the template are those that it does not block", () => {
  expect([allowedDaysOf(0), allowedDaysOf(sat + sun), allowedDaysOf(everyDay)]).toEqual([
    everyDay,
    everyDay - sat - sun,
    0,
  ]);
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
