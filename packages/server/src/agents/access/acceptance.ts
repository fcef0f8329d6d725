import type { Selectable } from "kysely";
import type { Tables } from "../../ground/database/index.ts";

type Build = Selectable<Tables["workspace_builds"]>;
type Job = Selectable<Tables["provisioner_jobs"]>;

/** What a build's job may be doing. */
export interface BuildFacts {
  readonly buildNumber: number;
  readonly transition: Build["transition"];
  readonly stage: Build["stage"];
  readonly jobStatus: Job["job_status"];
}

export interface AgentFacts {
  /** The build that the agent belongs to. */
  readonly own: Omit<BuildFacts, "stage">;
  /** The workspace's latest build; the same as `own` for most. */
  readonly latest: BuildFacts;
  readonly isAgentDeleted: boolean;
  readonly isWorkspaceDeleted: boolean;
}

/** A job that is asked to stop still runs until its worker says so. */
const unfinished = new Set<Job["job_status"]>(["pending", "running", "canceling"]);

/**
 * Whether an agent may connect and stay connected. Pure.
 *
 * It belongs to the latest build, with two exceptions for the build that directly follows its own: a `stop` that is not
 * finished, so that stop scripts can still report; and a claim that is not finished or failed, so that a claim never
 * cuts off the agent that it is about to give away. @see spec/agents.md §2.1, A-32
 */
export function isAgentAccepted({ own, latest, isAgentDeleted, isWorkspaceDeleted }: AgentFacts): boolean {
  if (isAgentDeleted || isWorkspaceDeleted) return false;
  if (latest.buildNumber === own.buildNumber) return true;
  if (latest.buildNumber !== own.buildNumber + 1) return false;
  if (latest.stage === "claim") return latest.jobStatus !== "succeeded";
  return (
    latest.transition === "stop" &&
    unfinished.has(latest.jobStatus) &&
    own.transition === "start" &&
    own.jobStatus === "succeeded"
  );
}
