import type { WorkspaceBuildTimings } from "@hearth/sdk";
import { expect, test } from "vitest";
import { timingBars } from "./timing-bars.ts";

function at(ms: number): string {
  return new Date(Date.UTC(2026, 0, 1) + ms).toISOString();
}

/** Timings of which only the named parts are looked at. */
function timings(parts: Partial<Record<keyof WorkspaceBuildTimings, object[]>>): WorkspaceBuildTimings {
  return {
    provisioner_timings: [],
    agent_script_timings: [],
    agent_connection_timings: [],
    ...parts,
  } as WorkspaceBuildTimings;
}

test("a build without timings has no bars", () => {
  expect(timingBars(timings({}))).toEqual([]);
});

test("what is done at once in a stage is one bar, and agents follow", () => {
  const bars = timingBars(
    timings({
      agent_script_timings: [{ display_name: "Install", stage: "start", started_at: at(900), ended_at: at(1_500) }],
      agent_connection_timings: [{ workspace_agent_name: "main", started_at: at(600), ended_at: at(900) }],
      provisioner_timings: [
        { stage: "apply", started_at: at(200), ended_at: at(500) },
        { stage: "plan", started_at: at(0), ended_at: at(200) },
        { stage: "apply", started_at: at(250), ended_at: at(600) },
      ],
    }),
  );

  expect(bars).toEqual([
    { label: "Plan", startMs: 0, durationMs: 200 },
    { label: "Apply", startMs: 200, durationMs: 400 },
    { label: "Agent main connects", startMs: 600, durationMs: 300 },
    { label: "Install", startMs: 900, durationMs: 600 },
  ]);
});

test("stages that begin at once stand in the order in which they are done", () => {
  const times = { started_at: at(0), ended_at: at(0) };
  const bars = timingBars(
    timings({
      provisioner_timings: [
        { stage: "apply", ...times },
        { stage: "plan", ...times },
      ],
    }),
  );

  expect(bars.map(({ label }) => label)).toEqual(["Plan", "Apply"]);
});

test("an end before its start has no length", () => {
  const bars = timingBars(timings({ provisioner_timings: [{ stage: "plan", started_at: at(5), ended_at: at(0) }] }));

  expect(bars).toEqual([{ label: "Plan", startMs: 0, durationMs: 0 }]);
});

test("what runs by the clock, or when the workspace is stopped days later, is no part of the build", () => {
  const script = (display_name: string, stage: string, ms: number) => ({
    display_name,
    stage,
    started_at: at(ms),
    ended_at: at(ms + 100),
  });
  const bars = timingBars(
    timings({
      agent_script_timings: [
        script("Install", "start", 0),
        script("Backup", "cron", 3_600_000),
        script("Leave", "stop", 86_400_000),
      ],
    }),
  );

  expect(bars).toEqual([{ label: "Install", startMs: 0, durationMs: 100 }]);
});
