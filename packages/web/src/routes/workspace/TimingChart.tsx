import type { WorkspaceBuild } from "@hearth/sdk";
import { useQuery } from "@tanstack/react-query";
import { buildTimings } from "../../queries/workspaces.ts";
import { duration } from "../../words/duration.ts";
import { timingBars } from "./timing-bars.ts";

/** Where the time of a build went, as bars on one scale; nothing while nothing is known. */
export function TimingChart({ build }: { build: WorkspaceBuild }) {
  const { data } = useQuery(buildTimings(build));
  const bars = data ? timingBars(data) : [];
  const totalMs = Math.max(1, ...bars.map(({ startMs, durationMs }) => startMs + durationMs));
  if (bars.length === 0) return null;
  return (
    <section aria-label="Timings" className="border-t border-line p-3">
      <h2 className="mb-2 font-medium">
        Timings <span className="font-normal text-muted">{duration(totalMs)} in all</span>
      </h2>
      <ul className="space-y-1">
        {bars.map(({ label, startMs, durationMs }) => (
          <li
            key={`${label} ${startMs}`}
            className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)_4.5rem] items-center gap-3 sm:grid-cols-[minmax(0,13rem)_1fr_4.5rem]"
          >
            <span className="truncate text-sm">{label}</span>
            <span className="relative h-3 rounded-sm bg-sunken" aria-hidden="true">
              <span
                className="absolute inset-y-0 min-w-0.5 rounded-sm bg-busy"
                style={{ left: `${(startMs / totalMs) * 100}%`, width: `${(durationMs / totalMs) * 100}%` }}
              />
            </span>
            <span className="text-right text-sm text-muted">{duration(durationMs)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
