import { describe, expect, test } from "vitest";
import { WorkspaceStatus } from "./schemas/builds.ts";
import { allowedActions, workspaceActions, type WorkspaceAction } from "./workspace-actions.ts";

const allowed: [WorkspaceStatus, WorkspaceAction[]][] = [
  ["pending", ["cancel"]],
  ["starting", ["cancel"]],
  ["stopping", ["cancel"]],
  ["deleting", ["cancel"]],
  ["canceling", []],
  ["running", ["stop", "restart", "delete"]],
  ["stopped", ["start", "delete"]],
  ["failed", ["start", "stop", "restart", "delete"]],
  ["canceled", ["start", "stop", "restart", "delete"]],
  ["deleted", []],
];

test("the table below names every state", () => {
  expect(allowed.map(([status]) => status).toSorted()).toEqual(WorkspaceStatus.options.toSorted());
});

describe.for(allowed)("a workspace that is %s", ([status, expected]) => {
  test(`allows ${expected.join(", ") || "nothing"}`, () => {
    const actions = allowedActions(status);

    expect(workspaceActions.filter((action) => actions[action].allowed)).toEqual(expected);
  });

  test("says in a sentence why it allows no other", () => {
    for (const action of workspaceActions) {
      const answer = allowedActions(status)[action];
      if (!answer.allowed) expect(answer.reason).toMatch(/^[A-Z].*\.$/);
    }
  });
});

test("an active build refuses every other build with build_active", () => {
  for (const status of ["pending", "starting", "stopping", "deleting", "canceling"] as const) {
    const { start, stop, delete: remove } = allowedActions(status);
    for (const answer of [start, stop, remove]) expect(answer).toMatchObject({ code: "build_active" });
  }
});
