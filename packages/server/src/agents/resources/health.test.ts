import { expect, test } from "vitest";
import type * as api from "@hearth/sdk";
import { agentHealth } from "./health.ts";

test.for<[api.WorkspaceAgentStatus, api.WorkspaceAgentLifecycle, string | undefined]>([
  ["connecting", "created", "agent has not yet connected"],
  ["connecting", "off", "agent is not running"],
  ["timeout", "created", "agent is taking too long to connect"],
  ["disconnected", "ready", "agent has lost connection"],
  ["disconnected", "off", "agent is not running"],
  ["disconnected", "shutting_down", "agent has lost connection"],
  ["connected", "start_error", "agent startup script failed"],
  ["connected", "shutting_down", "agent is shutting down"],
  ["connected", "shutdown_timeout", "agent is shutting down"],
  ["connected", "shutdown_error", "agent is shutting down"],
  ["connected", "off", "agent is shutting down"],
  ["connected", "start_timeout", undefined],
  ["connected", "created", undefined],
  ["connected", "starting", undefined],
  ["connected", "ready", undefined],
])("an agent that is %s and %s: %s", ([status, lifecycle, reason]) => {
  expect(agentHealth(status, lifecycle)).toEqual(reason === undefined ? { healthy: true } : { healthy: false, reason });
});

test.for<[api.WorkspaceAgentStatus, boolean]>([
  ["disconnected", false],
  ["connecting", false],
  ["connected", true],
])("one that was given up says why while it is away: %s", ([status, healthy]) => {
  const health = agentHealth(status, "ready", "it ended 9 times within 15 minutes");

  expect(health.healthy).toBe(healthy);
  if (!healthy) expect(health.reason).toContain("it ended 9 times within 15 minutes; stop and start the workspace");
});
