import { scheduledInstances } from "@hearth/provisioner";
import type { BuildsInProgress, PoolPreset, PoolView, RunningPrebuild } from "./pool-view.ts";

/** The numbers of one preset. @see spec/prebuilds.md §7.1 */
export interface PoolState {
  readonly isActive: boolean;
  readonly desired: number;
  /** Why the schedules could not be used; the base count holds then, and an operator should know. */
  readonly scheduleProblem: string | undefined;
  /** Running ones, expired and lost ones among them. */
  readonly actual: number;
  /** Neither expired nor lost, worst first: what nobody could claim before what one can, then oldest; ties by id. */
  readonly running: readonly RunningPrebuild[];
  /** Oldest first. */
  readonly expired: readonly RunningPrebuild[];
  /** Not expired; an agent of theirs is gone, and had the time to come back. Oldest first. */
  readonly lost: readonly RunningPrebuild[];
  /** Not expired, ready and connected: what a claim may take. */
  readonly eligible: number;
  readonly extraneous: number;
  readonly starting: number;
  readonly stopping: number;
  readonly deleting: number;
}

/** A workspace whose agent is gone for this long is lost. @see spec/prebuilds.md §21, D15 */
const lostAfterMs = 60_000;

/**
 * Pure: same view and times, same state. `watchedSinceMs` is since when agents have had somebody to connect to; those that
 * were gone then count as gone from there on.
 */
export function poolState(view: PoolView, nowMs: number, watchedSinceMs = 0): PoolState {
  const { preset } = view;
  const isActive = isActivePreset(preset);
  const { desired, problem } = desiredAt(view, nowMs);
  const expired = view.running.filter((workspace) => isExpired(preset, workspace, nowMs)).sort(byAge);
  const fresh = view.running.filter((workspace) => !isExpired(preset, workspace, nowMs));
  const isLost = ({ lostSinceMs }: RunningPrebuild) =>
    lostSinceMs !== undefined && nowMs - Math.max(lostSinceMs, watchedSinceMs) >= lostAfterMs;
  const lost = fresh.filter(isLost).sort(byAge);
  const running = fresh.filter((workspace) => !isLost(workspace)).sort(byWorth);
  return {
    isActive,
    desired,
    scheduleProblem: problem,
    actual: view.running.length,
    running,
    expired,
    lost,
    eligible: isActive ? running.filter((workspace) => workspace.isClaimable).length : 0,
    extraneous: isActive ? Math.max(running.length - desired, 0) : 0,
    starting: countOf(view.inProgress, "start"),
    stopping: countOf(view.inProgress, "stop"),
    deleting: countOf(view.inProgress, "delete"),
  };
}

/** Its version is the active one of a template that is neither deleted nor deprecated. */
export function isActivePreset(preset: PoolPreset): boolean {
  return preset.usesActiveVersion && !preset.isTemplateDeleted && !preset.isTemplateDeprecated;
}

/** How many are wanted at `nowMs`; the first schedule that holds counts, else the base. @see spec/prebuilds.md §4.5 */
export function desiredAt(
  { preset, schedules }: Pick<PoolView, "preset" | "schedules">,
  nowMs: number,
): { desired: number; problem: string | undefined } {
  if (!isActivePreset(preset)) return { desired: 0, problem: undefined };
  const { instances, problem } = scheduledInstances(schedules, preset.timezone, nowMs);
  return { desired: instances ?? preset.desiredInstances, problem };
}

/** Older than its preset allows, or made before the pool was last invalidated. Both bounds are strict. */
export function isExpired(preset: PoolPreset, workspace: RunningPrebuild, nowMs: number): boolean {
  const { ttlSeconds, lastInvalidatedAtMs } = preset;
  if (lastInvalidatedAtMs !== undefined && workspace.createdAtMs < lastInvalidatedAtMs) return true;
  return ttlSeconds > 0 && nowMs - workspace.createdAtMs > ttlSeconds * 1000;
}

function countOf(inProgress: readonly BuildsInProgress[], transition: BuildsInProgress["transition"]): number {
  return inProgress.reduce((sum, row) => (row.transition === transition ? sum + row.count : sum), 0);
}

export function byAge(a: RunningPrebuild, b: RunningPrebuild): number {
  return a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1);
}

function byWorth(a: RunningPrebuild, b: RunningPrebuild): number {
  return Number(a.isClaimable) - Number(b.isClaimable) || byAge(a, b);
}
