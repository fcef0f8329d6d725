import { ApiError } from "@hearth/sdk";
import { nextStartOf } from "./autostart.ts";

export interface DeadlineFacts {
  /** When the build completed. */
  readonly doneMs: number;
  /** Of the workspace; 0 = none. */
  readonly ttlMs: number;
  /** Of the template, which counts where users may not choose; 0 = none. */
  readonly defaultTtlMs: number;
  readonly allowsUserAutostop: boolean;
  readonly autostartSchedule: string | null;
  /** Bit 0 is Monday. */
  readonly allowedDays: number;
}

/**
 * When a build that completed now is to stop; undefined: never. A deadline that lies beyond the next autostart is counted
 * from that start instead. Pure. @see spec/builds.md §13.4
 */
export function deadlineMs(facts: DeadlineFacts): number | undefined {
  const ttlMs = facts.allowsUserAutostop ? facts.ttlMs : facts.defaultTtlMs;
  if (ttlMs <= 0) return undefined;
  const deadline = facts.doneMs + ttlMs;
  const nextStart = nextStartOf(facts.autostartSchedule, facts.allowedDays, facts.doneMs) ?? Infinity;
  return deadline > nextStart ? nextStart + ttlMs : deadline;
}

/** A little less than the half hour that people are told, for clocks that differ. */
const leastAheadMs = 29 * 60_000;

export interface ExtendFacts {
  readonly transition: string;
  readonly completedMs: number | undefined;
  readonly hasFailed: boolean;
  readonly deadlineMs: number | undefined;
  readonly maxDeadlineMs: number | undefined;
}

/**
 * Refuses a new deadline that the latest build cannot have. @throws ApiError `conflict`, `validation_failed`
 * @see spec/builds.md §5.2, "Extend"
 */
export function assertExtendable(build: ExtendFacts, newDeadlineMs: number, nowMs: number): void {
  if (build.transition !== "start")
    throw new ApiError("conflict", "Workspace must be started; current status: stopped.");
  if (build.completedMs === undefined || build.hasFailed) {
    throw new ApiError("conflict", "Workspace is still building!");
  }
  if (build.deadlineMs === undefined) throw new ApiError("conflict", "Workspace shutdown is manual.");
  if (newDeadlineMs < nowMs + leastAheadMs) throw refuse("new deadline must be at least 30 minutes in the future");
  if (newDeadlineMs < build.completedMs) throw refuse("new deadline must not be before the workspace started");
  if (newDeadlineMs > (build.maxDeadlineMs ?? Infinity)) {
    throw refuse("new deadline is greater than the latest that the template allows");
  }
}

function refuse(detail: string): ApiError {
  return new ApiError("validation_failed", "Cannot extend workspace.", {
    validations: [{ field: "deadline", detail }],
  });
}
