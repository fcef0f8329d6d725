import { expect, test } from "vitest";
import { isClaimAtOnce } from "./ended-job.ts";
import { jobPriority } from "./job-row.ts";

const atOnce = { priority: jobPriority.claim, attempts: 0, job_status: "succeeded" } as const;

test.for<[string, Partial<Parameters<typeof isClaimAtOnce>[0]>, boolean]>([
  ["a claim that nobody ran", {}, true],
  ["a claim that a worker ran", { attempts: 1 }, false],
  ["a claim that waits", { job_status: "pending" }, false],
  ["a claim that was canceled before anybody took it", { job_status: "canceled" }, false],
  ["an orphan's delete, which nobody ran either", { priority: jobPriority.human }, false],
])("%s", ([, given, expected]) => {
  expect(isClaimAtOnce({ ...atOnce, ...given })).toBe(expected);
});
