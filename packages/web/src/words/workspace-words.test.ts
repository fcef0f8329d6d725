import { WorkspaceAgentLifecycle, WorkspaceAgentStatus, WorkspaceStatus, type Workspace } from "@hearth/sdk";
import { expect, test } from "vitest";
import { agentWords, originWords, stateSince, stateWords, stopsAt, terminalAnswer } from "./workspace-words.ts";

/** A workspace of which only the named parts are looked at. */
function workspace(build: Partial<Workspace["latest_build"]>, dormantAt: string | null = null): Workspace {
  return { dormant_at: dormantAt, latest_build: build } as Workspace;
}

test("every state has a word and a tone", () => {
  const table = WorkspaceStatus.options.map((status) => {
    const { word, tone, isMoving } = stateWords(workspace({ status }));
    return `${status}: ${word}, ${tone}${isMoving ? ", moving" : ""}`;
  });

  expect(table).toMatchInlineSnapshot(`
    [
      "canceled: Canceled, bad",
      "canceling: Canceling, busy, moving",
      "deleted: Deleted, quiet",
      "deleting: Deleting, busy, moving",
      "failed: Failed, bad",
      "pending: Waiting, busy, moving",
      "running: Running, good",
      "starting: Starting, busy, moving",
      "stopped: Stopped, quiet",
      "stopping: Stopping, busy, moving",
    ]
  `);
});

test("a stopped workspace that is dormant says so", () => {
  expect(stateWords(workspace({ status: "stopped" }, "2026-01-01T00:00:00Z")).word).toBe("Dormant");
  expect(stateWords(workspace({ status: "starting" }, "2026-01-01T00:00:00Z")).word).toBe("Starting");
});

test("every state of an agent has a word and a tone", () => {
  const table = WorkspaceAgentStatus.options.flatMap((status) =>
    WorkspaceAgentLifecycle.options.map((lifecycle_state) => {
      const { word, tone } = agentWords({ status, lifecycle_state });
      return `${status}, ${lifecycle_state}: ${word}, ${tone}`;
    }),
  );

  expect(table.filter((line) => line.startsWith("connected") || line.includes("ready"))).toMatchInlineSnapshot(`
    [
      "connecting, ready: Connecting, busy",
      "connected, created: Connected, busy",
      "connected, starting: Start-up scripts run, busy",
      "connected, start_timeout: Start-up takes long, bad",
      "connected, start_error: Start-up script failed, bad",
      "connected, ready: Ready, good",
      "connected, shutting_down: Shutting down, busy",
      "connected, shutdown_timeout: Shutdown takes long, bad",
      "connected, shutdown_error: Shutdown script failed, bad",
      "connected, off: Off, quiet",
      "disconnected, ready: Disconnected, bad",
      "timeout, ready: Does not connect, bad",
    ]
  `);
});

test.for([
  [undefined, undefined],
  [{ how: "claimed", ready_ms: 31 }, "claimed in 31 ms"],
  [{ how: "built", ready_ms: 4_120 }, "built in 4.1 s"],
  [{ how: "claimed", ready_ms: null }, "claimed"],
] as const)("origin %o is %s", ([origin, words]) => {
  expect(originWords(origin)).toBe(words);
});

test("a state counts from the last thing that happened to its job", () => {
  const created_at = "2026-01-01T00:00:00Z";
  const job = { started_at: "2026-01-01T00:00:01Z", completed_at: "2026-01-01T00:00:03Z" };

  expect(stateSince(workspace({ created_at, job: {} as never }))).toBe(Date.parse(created_at));
  expect(stateSince(workspace({ created_at, job: job as never }))).toBe(Date.parse(job.completed_at));
});

test.for([
  ["running", "2026-01-01T01:00:00Z", Date.UTC(2026, 0, 1, 1)],
  ["running", "0001-01-01T00:00:00Z", undefined],
  ["running", null, undefined],
  ["stopped", "2026-01-01T01:00:00Z", undefined],
] as const)("%s with the deadline %s stops at %s", ([status, deadline, at]) => {
  expect(stopsAt(workspace({ status, deadline }))).toBe(at);
});

test.for([
  ["stopped", "connected", "The workspace is not running."],
  ["running", undefined, "The workspace has no agent."],
  ["running", "connecting", "The workspace's agent is not connected."],
] as const)("a %s workspace with an agent that is %s has no terminal", ([status, agent, reason]) => {
  expect(terminalAnswer(workspace({ status }), agent === undefined ? undefined : { status: agent })).toEqual({
    allowed: false,
    reason,
  });
});

test("a running workspace with a connected agent has a terminal", () => {
  expect(terminalAnswer(workspace({ status: "running" }), { status: "connected" })).toEqual({ allowed: true });
});
