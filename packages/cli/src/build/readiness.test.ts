import type { WorkspaceAgent } from "@hearth/sdk";
import { expect, test } from "vitest";
import { stateOfAgent } from "./readiness.ts";

// Only these fields are looked at.
function agent(
  status: WorkspaceAgent["status"],
  lifecycle: WorkspaceAgent["lifecycle_state"] = "created",
): WorkspaceAgent {
  return { name: "main", status, lifecycle_state: lifecycle, connection_timeout_seconds: 120 } as WorkspaceAgent;
}

test("one that was given up will not come, and why is said", () => {
  const givenUp = { ...agent("disconnected", "ready"), given_up_reason: "it ended 9 times within 15 minutes" };

  expect(stateOfAgent(givenUp)).toEqual({
    is: "lost",
    why: 'Agent "main" is not started again any more: it ended 9 times within 15 minutes.',
  });
  expect(stateOfAgent({ ...givenUp, status: "connected" }).is).toBe("ready");
});

test.for([
  ["connecting", "created", { is: "waiting", text: 'Waiting for agent "main" to connect' }],
  ["timeout", "created", { is: "lost", why: 'Agent "main" has not connected within 120 seconds.' }],
  ["disconnected", "ready", { is: "waiting", text: 'Waiting for agent "main" to come back' }],
  ["connected", "created", { is: "waiting", text: 'Waiting for the start-up scripts of agent "main"' }],
  ["connected", "starting", { is: "waiting", text: 'Waiting for the start-up scripts of agent "main"' }],
  ["connected", "ready", { is: "ready", problems: [] }],
  ["connected", "start_error", { is: "ready", problems: ['A start-up script of agent "main" failed.'] }],
  [
    "connected",
    "start_timeout",
    { is: "ready", problems: ['The start-up scripts of agent "main" take longer than they should.'] },
  ],
  ["connected", "shutting_down", { is: "lost", why: 'Agent "main" is shutting down.' }],
  ["connected", "off", { is: "lost", why: 'Agent "main" is shutting down.' }],
] as const)("%s, %s", ([status, lifecycle, state]) => {
  expect(stateOfAgent(agent(status, lifecycle))).toEqual(state);
});
