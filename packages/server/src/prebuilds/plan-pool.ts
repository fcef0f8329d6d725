import { byAge, isActivePreset, poolState } from "./pool-state.ts";
import type { PoolPreset, PoolStatus, PoolView } from "./pool-view.ts";

/** `lost`: an agent of it is gone and does not come back. */
type DeleteReason = "expired" | "lost" | "extraneous" | "inactive";

/** Every kind of step with what it needs. Executors are a table of the same keys. */
export interface PoolSteps {
  create: { readonly count: number };
  delete: { readonly workspaceIds: readonly string[]; readonly why: DeleteReason };
  /** Builds that wait for a worker and are of no use any more. */
  cancel_pending: { readonly count: number };
  /** Nothing is created until then, because creations failed. */
  wait: { readonly untilMs: number; readonly failures: number };
  /** What operators are shown of the preset. */
  mark: { readonly status: PoolStatus; readonly detail: string };
}

export type PoolStep = { [Do in keyof PoolSteps]: { readonly do: Do } & PoolSteps[Do] }[keyof PoolSteps];

export interface PoolRules {
  /** Wait for each recent failure. */
  readonly backoffIntervalMs: number;
  /** Failures older than this do not count, and no wait is longer. */
  readonly backoffLookbackMs: number;
  /** Failures in a row after which nothing is created; 0 = never. */
  readonly failureHardLimit: number;
  /** Since when there is somebody to connect to: agents that were gone then have from here on to come back. */
  readonly watchedSinceMs?: number | undefined;
}

/**
 * The next steps of one preset towards what is wanted, in order; `[]`: settled. One move ahead: what the steps start is
 * seen by the next snapshot. Pure: same view, rules and time, same steps.
 *
 * Builds that stop or delete never count: a workspace on its way out is no longer among the running. Those that start
 * count against creation only: whether one is too many shows when it runs. One whose agent is gone counts as if it were
 * there until it is given up: it comes back, or is replaced. Nothing is ever done to a workspace whose latest build failed
 * or was canceled: evidence is kept.
 * @see spec/prebuilds.md §7.2, with the project's rules (a) to (c)
 */
export function planPool(view: PoolView, rules: PoolRules, nowMs: number): PoolStep[] {
  return isActivePreset(view.preset) ? planActive(view, rules, nowMs) : planInactive(view);
}

function planInactive(view: PoolView): PoolStep[] {
  const steps: PoolStep[] = [];
  if (view.pendingCount > 0) steps.push({ do: "cancel_pending", count: view.pendingCount });
  const workspaceIds = view.running.toSorted(byAge).map(({ id }) => id);
  if (workspaceIds.length > 0) steps.push({ do: "delete", workspaceIds, why: "inactive" });
  return steps;
}

function planActive(view: PoolView, rules: PoolRules, nowMs: number): PoolStep[] {
  const { preset, isHardLimited } = view;
  const state = poolState(view, nowMs, rules.watchedSinceMs);
  const steps: PoolStep[] = [];
  const mark = markOf(preset, isHardLimited, rules);
  if (mark !== undefined) steps.push(mark);
  if (state.expired.length > 0) {
    steps.push({ do: "delete", workspaceIds: state.expired.map(({ id }) => id), why: "expired" });
  }
  if (state.lost.length > 0) {
    steps.push({ do: "delete", workspaceIds: state.lost.map(({ id }) => id), why: "lost" });
  }
  if (state.extraneous > 0) {
    const workspaceIds = state.running.slice(0, state.extraneous).map(({ id }) => id);
    steps.push({ do: "delete", workspaceIds, why: "extraneous" });
  }
  const untilMs = backoffUntilMs(view, rules);
  if (untilMs !== undefined && nowMs <= untilMs) {
    steps.push({ do: "wait", untilMs, failures: view.failures?.failures ?? 0 });
    return steps;
  }
  const count = state.desired - state.running.length - state.starting;
  const isRefused = preset.refusal !== undefined || preset.status === "validation_failed";
  if (count > 0 && !isHardLimited && !isRefused) steps.push({ do: "create", count });
  return steps;
}

/** What operators are to be shown from now on, where it is something else than now. */
function markOf(preset: PoolPreset, isHardLimited: boolean, rules: PoolRules): PoolStep | undefined {
  const { status: stored, statusDetail, refusal } = preset;
  if (refusal !== undefined) {
    if (stored === "sandbox_required" && statusDetail === refusal) return undefined;
    return { do: "mark", status: "sandbox_required", detail: refusal };
  }
  if (isHardLimited) {
    if (stored === "hard_limited") return undefined;
    const detail = `The last ${rules.failureHardLimit} creations failed: look at their logs, then delete the failed workspaces.`;
    return { do: "mark", status: "hard_limited", detail };
  }
  const isOver = stored === "hard_limited" || stored === "sandbox_required";
  return isOver ? { do: "mark", status: "healthy", detail: "" } : undefined;
}

/** Until when nothing is created; undefined without recent failures. Linear, and never longer than the lookback. */
export function backoffUntilMs({ failures }: Pick<PoolView, "failures">, rules: PoolRules): number | undefined {
  if (failures === undefined || failures.failures <= 0) return undefined;
  return failures.lastBuildAtMs + Math.min(failures.failures * rules.backoffIntervalMs, rules.backoffLookbackMs);
}

/** Whether a preset needs no work at all, so that thousands of old ones cost nothing. Then its plan is empty. */
export function isSkippable(view: PoolView): boolean {
  return (
    !isActivePreset(view.preset) && view.running.length === 0 && view.pendingCount === 0 && view.failures === undefined
  );
}
