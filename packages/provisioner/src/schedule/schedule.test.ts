import fc from "fast-check";
import { expect, test, vi } from "vitest";
import {
  cronRangeContains,
  cronRangesOverlap,
  isEmptyCronRange,
  isTimezone,
  normalizeScriptCron,
  parseCronRange,
  scheduledInstances,
  scheduleProblems,
  type PoolSchedule,
} from "./index.ts";

// Properties take a while on a machine that is busy with other tests.
vi.setConfig({ testTimeout: 60_000 });

// 2025-06-02 is a Monday.
const monday = (time: string): number => Date.parse(`2025-06-02T${time}Z`);
const saturday = (time: string): number => Date.parse(`2025-06-07T${time}Z`);

function wanted(schedules: readonly PoolSchedule[], timezone: string, atMs: number): number | undefined {
  const { instances, problem } = scheduledInstances(schedules, timezone, atMs);
  expect(problem).toBeUndefined();
  return instances;
}

test.for<[string, number | undefined]>([
  ["08:59:59", undefined],
  ["09:00:00", 3],
  ["09:01:00", 3],
  ["14:00:00", 3],
  ["18:00:00", 3],
  ["18:59:59", 3],
  ["19:00:00", undefined],
  ["19:01:00", undefined],
  ["02:00:00", undefined],
])("[prebuilds 48] `* 9-18 * * 1-5` on a Monday at %s wants %s", ([time, instances]) => {
  expect(wanted([{ cron: "* 9-18 * * 1-5", instances: 3 }], "UTC", monday(time))).toBe(instances);
});

test("[prebuilds 49] a weekday range is empty at the weekend", () => {
  const schedules = [{ cron: "* 9-18 * * 1-5", instances: 3 }];

  expect(wanted(schedules, "UTC", saturday("14:00:00"))).toBeUndefined();
  expect(wanted(schedules, "UTC", saturday("14:00:00") + 86_400_000)).toBeUndefined();
});

test.for<[string, number | undefined]>([
  ["05:00:00", undefined],
  ["08:00:00", 2],
  ["11:00:00", undefined],
  ["14:00:00", 3],
  ["20:00:00", 4],
  ["23:00:00", undefined],
])("[prebuilds 50] of three ranges a day the one that holds at %s gives %s", ([time, instances]) => {
  const schedules = [
    { cron: "* 6-10 * * 1-5", instances: 2 },
    { cron: "* 12-16 * * 1-5", instances: 3 },
    { cron: "* 18-22 * * 1-5", instances: 4 },
  ];

  expect(wanted(schedules, "UTC", monday(time))).toBe(instances);
});

test("[prebuilds 51] weekdays and weekend may have their own counts", () => {
  const schedules = [
    { cron: "* 9-18 * * 1-5", instances: 2 },
    { cron: "* 9-13 * * 6,0", instances: 3 },
  ];

  expect(wanted(schedules, "UTC", monday("14:00:00"))).toBe(2);
  expect(wanted(schedules, "UTC", saturday("10:00:00"))).toBe(3);
  expect(wanted(schedules, "UTC", saturday("14:00:00"))).toBeUndefined();
});

test.for<[string, number | undefined]>([
  ["15:00:00", undefined],
  ["16:00:00", 3],
  ["20:59:00", 3],
  ["21:00:00", undefined],
  ["23:00:00", undefined],
])("[prebuilds 52] the zone is the preset's: Los Angeles at %s UTC wants %s", ([time, instances]) => {
  expect(wanted([{ cron: "* 9-13 * * *", instances: 3 }], "America/Los_Angeles", monday(time))).toBe(instances);
});

test("[prebuilds 53] an instant is an instant, however it was written", () => {
  const schedules = [{ cron: "* 9-13 * * *", instances: 3 }];

  expect(wanted(schedules, "UTC", Date.parse("2025-06-02T04:00:00-04:00"))).toBeUndefined();
  expect(wanted(schedules, "UTC", Date.parse("2025-06-02T05:00:00-04:00"))).toBe(3);
});

test.for<[string, readonly PoolSchedule[], string, string]>([
  ["54", [{ cron: "* 9-13 * * *", instances: 3 }], "", "no timezone"],
  ["54", [{ cron: "* 9-13 * * *", instances: 3 }], "Mars/Olympus", "not known"],
  ["54", [{ cron: "* 9-13 * * *", instances: 3 }], "+02:00", "not known"],
  [
    "55",
    [
      { cron: "* 9-13 * * *", instances: 3 },
      { cron: "* 13-15 * * 1", instances: 1 },
    ],
    "UTC",
    "overlaps",
  ],
  ["56", [{ cron: "nonsense", instances: 3 }], "UTC", "five fields"],
])(
  "[prebuilds %s] schedules that cannot be used say why, and nothing is thrown: %j %s",
  ([, schedules, zone, says]) => {
    const result = scheduledInstances(schedules, zone, monday("10:00:00"));

    expect(result.instances).toBeUndefined();
    expect(result.problem).toContain(says);
  },
);

test.for<[string, string]>([
  ["0 9 * * *", "minute field"],
  ["*/5 9 * * *", "minute field"],
  ["* 9 * *", "it has 4"],
  ["* 9 * * * *", "it has 6"],
  ["", "it has 0"],
  ["* 24 * * *", "within 0-23"],
  ["* * * * 7", "within 0-6"],
  ["* 18-9 * * *", "runs backwards"],
  ["* * 0 * *", "within 1-31"],
  ["* * 32 * *", "within 1-31"],
  ["* * * 13 *", "within 1-12"],
  ["* * * jan *", '"jan" is none'],
  ["* */2 * * *", '"*/2" is none'],
  ["* 1, * * *", '"" is none'],
  ["* * * * mon", '"mon" is none'],
])("[prebuilds 57] %j is refused: %s", ([cron, says]) => {
  expect(scheduleProblems([{ cron, instances: 1 }])[0]?.message).toContain(says);
});

test("[prebuilds 58] on the days when clocks change, the hours on the wall decide", () => {
  const schedules = [{ cron: "* 1-3 * * *", instances: 5 }];
  const inside = (iso: string): boolean => wanted(schedules, "Europe/Berlin", Date.parse(iso)) === 5;
  // 30 March 2025: 02:00 becomes 03:00, so 01:00–03:59 lasts two hours. 26 October: 03:00 becomes 02:00, four hours.
  const minutesInside = (dayStart: string): number =>
    Array.from({ length: 1_440 }, (_, minute) => Date.parse(dayStart) + minute * 60_000).filter(
      (at) => wanted(schedules, "Europe/Berlin", at) === 5,
    ).length;

  expect(inside("2025-03-30T00:59:59Z")).toBe(true);
  expect(inside("2025-03-30T02:00:00Z")).toBe(false);
  expect(minutesInside("2025-03-29T23:00:00Z")).toBe(120);
  expect(minutesInside("2025-10-25T22:00:00Z")).toBe(240);
});

test("[prebuilds 59] day and weekday both restricted: either is enough, for time and for overlap", () => {
  const either = parseCronRange("* * 1-10 * 1");
  const tuesdayThe3rd = { hour: 0, dayOfMonth: 3, month: 6, weekday: 2 };
  const mondayThe16th = { hour: 0, dayOfMonth: 16, month: 6, weekday: 1 };
  const tuesdayThe17th = { hour: 0, dayOfMonth: 17, month: 6, weekday: 2 };

  expect([tuesdayThe3rd, mondayThe16th, tuesdayThe17th].map((at) => cronRangeContains(either, at))).toEqual([
    true,
    true,
    false,
  ]);
  expect(cronRangesOverlap(either, parseCronRange("* * * * 2"))).toBe(true);
});

test.for<[string, string, boolean]>([
  ["* 9 * * *", "* 10 * * *", false],
  ["* 9 * * 1-5", "* 9 * * 6,0", false],
  ["* 9 1-15 * *", "* 9 16-31 * *", false],
  ["* 9 1-15 * *", "* 9 15-31 * *", true],
  ["* 9 * 1-6 *", "* 9 * 7-12 *", false],
  ["* 9 * 6 *", "* 9 * 6-7 *", true],
  ["* 9 1 * *", "* 9 * * 1", true],
  ["* 9 29 2 *", "* 9 * 2 3", true],
  ["* 9 30 2 *", "* 9 * 2 *", false],
  ["* 9 31 4,6 *", "* 9 31 * *", false],
  ["* * 1-10 * 1", "* * * * 2", true],
  ["* * 1 * 1", "* * 2-31 * 0,2-6", true],
])("%j and %j overlap: %s", ([a, b, expected]) => {
  expect(cronRangesOverlap(parseCronRange(a), parseCronRange(b))).toBe(expected);
  expect(cronRangesOverlap(parseCronRange(b), parseCronRange(a))).toBe(expected);
});

test("a range without any day is seen", () => {
  expect(isEmptyCronRange(parseCronRange("* * 30 2 *"))).toBe(true);
  expect(isEmptyCronRange(parseCronRange("* * 30 2 1"))).toBe(false);
});

const field = (least: number, most: number) =>
  fc.oneof(
    fc.constant("*"),
    fc
      .array(fc.tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most })), {
        minLength: 1,
        maxLength: 3,
      })
      .map((ranges) => ranges.map(([a, b]) => (a === b ? `${a}` : `${Math.min(a, b)}-${Math.max(a, b)}`)).join(",")),
  );
const anyCron = fc
  .tuple(field(0, 23), field(1, 31), field(1, 12), field(0, 6))
  .map(([hour, day, month, weekday]) => `* ${hour} ${day} ${month} ${weekday}`);

test("two ranges overlap exactly when a walk over 28 years finds a common hour", () => {
  const days = Array.from({ length: 28 * 365 + 7 }, (_, index) => {
    const at = new Date(Date.UTC(2000, 0, 1 + index));
    return { dayOfMonth: at.getUTCDate(), month: at.getUTCMonth() + 1, weekday: at.getUTCDay() };
  });
  fc.assert(
    fc.property(anyCron, anyCron, (first, second) => {
      const [a, b] = [parseCronRange(first), parseCronRange(second)];
      const hours = Array.from({ length: 24 }, (_, hour) => hour).filter(
        (hour) => (a.hours & b.hours & (1 << hour)) !== 0,
      );
      const walked = days.some((day) =>
        hours
          .slice(0, 1)
          .some((hour) => cronRangeContains(a, { ...day, hour }) && cronRangeContains(b, { ...day, hour })),
      );

      expect(cronRangesOverlap(a, b)).toBe(walked);
    }),
    { numRuns: 200 },
  );
});

test("any text is a range or a problem, never a crash", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), anyCron), fc.string(), (cron, zone) => {
      scheduleProblems([{ cron, instances: 1 }]);
      scheduledInstances([{ cron, instances: 1 }], zone, 0);
    }),
  );
});

test.for<[string, string]>([
  ["0 3 * * *", "0 0 3 * * *"],
  ["30 0 3 * * 1-5", "30 0 3 * * 1-5"],
  ["*/5 * * * MON-FRI", "0 */5 * * * MON-FRI"],
  ["@daily", "0 0 0 * * *"],
  [" 0  3 * *  * ", "0 0 3 * * *"],
])("a script's schedule %j is told to agents as %j", ([given, told]) => {
  expect(normalizeScriptCron(given)).toBe(told);
});

test.for(["0 3 * *", "60 3 * * *", "a b c d e", "@sometimes", "0 3 * * 8", "0 5-3 * * *", "*/0 * * * *", ""])(
  "a script's schedule %j is refused",
  (given) => {
    expect(() => normalizeScriptCron(given)).toThrow();
  },
);

test("zones are IANA names", () => {
  expect(["UTC", "Europe/Berlin", "America/Los_Angeles"].every(isTimezone)).toBe(true);
  expect(["", "Local", "Nowhere/City", "+01:00", "../etc"].some(isTimezone)).toBe(false);
});
