import type { WorkspaceBuildTimings } from "@hearth/sdk";

/** One step of a build, from its beginning. */
export interface TimingBar {
  readonly label: string;
  readonly startMs: number;
  readonly durationMs: number;
}

interface Span {
  readonly label: string;
  readonly started_at: string;
  readonly ended_at: string;
}

const stageNames: Readonly<Record<string, string>> = {
  init: "Initialize",
  plan: "Plan",
  graph: "Graph",
  apply: "Apply",
};

/**
 * Where the time of a build went: the stages of the provisioner (from the first to the last thing in each), the wait
 * for each agent, its start scripts: what runs by the clock or at the stop is no part of the build. In the order they
 * began; times count from the first.
 */
export function timingBars(timings: WorkspaceBuildTimings): TimingBar[] {
  const inOrder = timings.provisioner_timings.toSorted((a, b) => stageRank(a.stage) - stageRank(b.stage));
  const stages = Map.groupBy(inOrder, ({ stage }) => stage);
  const spans: Span[] = [
    ...[...stages].map(([stage, list]) => ({
      label: stageNames[stage] ?? stage,
      started_at: list.map((timing) => timing.started_at).reduce((a, b) => (Date.parse(b) < Date.parse(a) ? b : a)),
      ended_at: list.map((timing) => timing.ended_at).reduce((a, b) => (Date.parse(b) > Date.parse(a) ? b : a)),
    })),
    ...timings.agent_connection_timings.map((timing) => ({
      ...timing,
      label: `Agent ${timing.workspace_agent_name} connects`,
    })),
    ...timings.agent_script_timings
      .filter(({ stage }) => stage === "start")
      .map((timing) => ({ ...timing, label: timing.display_name })),
  ];
  const origin = Math.min(...spans.map(({ started_at }) => Date.parse(started_at)));
  return spans
    .map(({ label, started_at, ended_at }) => ({
      label,
      startMs: Date.parse(started_at) - origin,
      // A clock that was set back in between, or an end that has not come (the zero time), must not draw backwards.
      durationMs: Math.max(0, Date.parse(ended_at) - Date.parse(started_at)),
    }))
    .toSorted((a, b) => a.startMs - b.startMs);
}

/** Where two begin in the same millisecond, the order in which the provisioner does them. */
function stageRank(stage: string): number {
  return Object.keys(stageNames).indexOf(stage);
}
