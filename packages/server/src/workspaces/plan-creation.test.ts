import { expect, onTestFinished, test, vi } from "vitest";
import type * as api from "@hearth/sdk";
import type { CreationFacts } from "./creation-facts.ts";
import { planSchedule, type PlannedSchedule } from "./plan-creation.ts";

const thursday = Date.UTC(2026, 0, 1, 12);
const hour = 3_600_000;
const perMs = 1_000_000;
const settings = {
  allow_user_autostart: true,
  allow_user_autostop: true,
  autostart_block_days_of_week: 0,
  default_ttl: 0,
};

function plan(request: Partial<api.CreateWorkspaceRequest>, given: Partial<typeof settings>): PlannedSchedule {
  const facts = { template: { ...settings, ...given } } as unknown as CreationFacts; // what a schedule is planned by
  return planSchedule({ name: "dev", ...request }, facts, thursday);
}

const nothing: PlannedSchedule = { autostartSchedule: null, nextStartMs: undefined, ttl: null };
const daily = "0 9 * * *";
const friday = Date.UTC(2026, 0, 2, 9);

test.for<[string, Partial<api.CreateWorkspaceRequest>, Partial<typeof settings>, PlannedSchedule]>([
  ["nothing is asked for", {}, {}, nothing],
  [
    "an empty schedule is none, where there may be none too",
    { autostart_schedule: "" },
    { allow_user_autostart: false },
    nothing,
  ],
  [
    "a schedule has a next start",
    { autostart_schedule: daily },
    {},
    { ...nothing, autostartSchedule: daily, nextStartMs: friday },
  ],
  [
    "on a day that the template allows",
    { autostart_schedule: daily },
    { autostart_block_days_of_week: 0b0110000 },
    { ...nothing, autostartSchedule: daily, nextStartMs: friday + 48 * hour },
  ],
  [
    "which there may not be",
    { autostart_schedule: daily },
    { autostart_block_days_of_week: 0b1111111 },
    { ...nothing, autostartSchedule: daily },
  ],
  ["the template's time to autostop counts", {}, { default_ttl: 5 }, { ...nothing, ttl: 5 }],
  ["one's own counts before it", { ttl_ms: hour }, { default_ttl: 5 }, { ...nothing, ttl: hour * perMs }],
  ["0 is none", { ttl_ms: 0 }, { default_ttl: 5 }, nothing],
  [
    "but not where the template decides",
    { ttl_ms: hour },
    { default_ttl: 5, allow_user_autostop: false },
    { ...nothing, ttl: 5 },
  ],
  ["nor where it has none", { ttl_ms: hour }, { allow_user_autostop: false }, nothing],
])("%s", ([, request, given, planned]) => {
  expect(plan(request, given)).toEqual(planned);
});

test.for<[string, Partial<api.CreateWorkspaceRequest>, Partial<typeof settings>, string, RegExp]>([
  [
    "a schedule where there may be none",
    { autostart_schedule: daily },
    { allow_user_autostart: false },
    "schedule",
    /does not allow/,
  ],
  ["a schedule that is none", { autostart_schedule: "nonsense" }, {}, "schedule", /5 fields/],
  ["a time to autostop that is too short", { ttl_ms: 1 }, {}, "ttl_ms", /at least one minute/],
  ["even where the template decides", { ttl_ms: 1 }, { allow_user_autostop: false }, "ttl_ms", /at least one minute/],
])("refused is %s", ([, request, given, field, detail]) => {
  const validations = [{ field, detail: expect.stringMatching(detail) as string }];

  expect(() => plan(request, given)).toThrow(
    expect.objectContaining({ code: "validation_failed", validations }) as Error,
  );
});

test("what breaks while a schedule is read is no fault of the request", () => {
  vi.spyOn(Intl, "DateTimeFormat").mockImplementation(function () {
    throw new Error("no data of zones");
  });
  onTestFinished(() => void vi.restoreAllMocks());

  expect(() => plan({ autostart_schedule: daily }, {})).toThrow("no data of zones");
});
