import { expect, test } from "vitest";
import { faultOfWorkspaceName } from "./names.ts";
import { workspaceStatus } from "./status.ts";

test.for([
  ["pending", "start", "pending"],
  ["running", "start", "starting"],
  ["running", "stop", "stopping"],
  ["running", "delete", "deleting"],
  ["succeeded", "start", "running"],
  ["succeeded", "stop", "stopped"],
  ["succeeded", "delete", "deleted"],
  ["canceling", "stop", "canceling"],
  ["canceled", "start", "canceled"],
  ["failed", "delete", "failed"],
  ["unknown", "start", "failed"],
] as const)("a job that is %s to %s: the workspace is %s", ([job, transition, status]) => {
  expect(workspaceStatus(job, transition)).toBe(status);
});

test.for([
  ["dev", true],
  ["Dev-2", true],
  ["a".repeat(32), true],
  ["a".repeat(33), false],
  ["", false],
  ["new", false],
  ["Create", false],
  ["bad_name", false],
  ["-dev", false],
  ["dev--2", false],
] as const)("whether %j is a name", ([name, isName]) => {
  expect(faultOfWorkspaceName(name) === undefined).toBe(isName);
});
