import { describe, expect, test } from "vitest";
import { everyDay } from "./autostart.ts";
import { assertExtendable, deadlineMs, type DeadlineFacts, type ExtendFacts } from "./deadline.ts";
import { faultOfTtl, ttlToStore } from "./time-to-stop.ts";

const hour = 3_600_000;
const minute = 60_000;

function at(text: string): number {
  return Date.parse(`2026-01-01T${text}:00Z`);
}

const facts: DeadlineFacts = {
  doneMs: at("09:00"),
  ttlMs: 8 * hour,
  defaultTtlMs: 0,
  allowsUserAutostop: true,
  autostartSchedule: null,
  allowedDays: everyDay,
};

test.for<[string, Partial<DeadlineFacts>, number | undefined]>([
  ["[builds 84] the time to autostop counts from the end of the build", {}, at("17:00")],
  ["no time, no deadline", { ttlMs: 0 }, undefined],
  [
    "[builds 85] a deadline beyond the next autostart counts from there",
    { doneMs: at("21:45"), ttlMs: 12 * hour, autostartSchedule: "0 9 * * *" },
    at("09:00") + 24 * hour + 12 * hour,
  ],
  ["an autostart after the deadline changes nothing", { autostartSchedule: "0 18 * * *" }, at("17:00")],
  ["an autostart at the deadline changes nothing", { autostartSchedule: "0 17 * * *" }, at("17:00")],
  ["an autostart on a blocked day changes nothing", { autostartSchedule: "0 12 * * *", allowedDays: 0 }, at("17:00")],
  [
    "where users may not choose, the template's time counts",
    { allowsUserAutostop: false, defaultTtlMs: hour },
    at("10:00"),
  ],
  ["even when that is none", { allowsUserAutostop: false }, undefined],
])("%s", ([, given, expected]) => {
  expect(deadlineMs({ ...facts, ...given })).toBe(expected);
});

describe("extending", () => {
  const build: ExtendFacts = {
    transition: "start",
    completedMs: at("09:00"),
    hasFailed: false,
    deadlineMs: at("17:00"),
    maxDeadlineMs: undefined,
  };

  test.for<[string, Partial<ExtendFacts>, number, string | undefined]>([
    ["to a later time", {}, at("18:00"), undefined],
    ["to an earlier time", {}, at("11:00"), undefined],
    ["[builds 103] to 20 minutes from now", {}, at("10:00") + 20 * minute, "validation_failed"],
    ["to 29 minutes from now", {}, at("10:00") + 29 * minute, undefined],
    ["to less", {}, at("10:00") + 29 * minute - 1, "validation_failed"],
    ["to before its build had ended", { completedMs: at("11:00") }, at("11:00") - 1, "validation_failed"],
    ["to when its build had ended", { completedMs: at("11:00") }, at("11:00"), undefined],
    ["to the latest that the template allows", { maxDeadlineMs: at("18:00") }, at("18:00"), undefined],
    ["[builds 103] beyond what the template allows", { maxDeadlineMs: at("18:00") }, at("18:01"), "validation_failed"],
    ["[builds 103] of a stopped workspace", { transition: "stop" }, at("18:00"), "conflict"],
    ["of a build that goes on", { completedMs: undefined }, at("18:00"), "conflict"],
    ["of a failed build", { hasFailed: true }, at("18:00"), "conflict"],
    ["without a deadline", { deadlineMs: undefined }, at("18:00"), "conflict"],
  ])("%s", ([, given, deadline, code]) => {
    const extend = () => assertExtendable({ ...build, ...given }, deadline, at("10:00"));

    if (code === undefined) expect(extend).not.toThrow();
    else expect(extend).toThrow(expect.objectContaining({ code }) as Error);
    if (code !== "validation_failed") return;
    const validations = [expect.objectContaining({ field: "deadline" })];
    expect(extend).toThrow(expect.objectContaining({ validations }) as Error);
  });
});

test.for<[string, number | null | undefined, string | undefined]>([
  ["nothing", undefined, undefined],
  ["null", null, undefined],
  ["0", 0, undefined],
  ["a second", 1000, "at least one minute"],
  ["less than nothing", -minute, "at least one minute"],
  ["a minute", minute, undefined],
  ["30 days", 30 * 24 * hour, undefined],
  ["more than 30 days", 30 * 24 * hour + 1, "at most 30 days"],
])("a time to autostop of %s", ([, ttlMs, fault]) => {
  if (fault === undefined) expect(faultOfTtl(ttlMs)).toBeUndefined();
  else expect(faultOfTtl(ttlMs)).toContain(fault);
});

test("a time to autostop is whole minutes", () => {
  expect(ttlToStore(90_000)).toBe(minute * 1_000_000);
});
