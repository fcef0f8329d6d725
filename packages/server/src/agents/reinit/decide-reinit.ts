import type { Selectable } from "kysely";
import type { Tables } from "../../ground/database/index.ts";

export interface ReinitFacts {
  /** The workspace belongs to the pool. */
  readonly isPrebuild: boolean;
  /** The pool made its first build. */
  readonly wasPrebuild: boolean;
  /** There is a claim build, the latest or an earlier one. */
  readonly hasClaimBuild: boolean;
  readonly isLatestClaim: boolean;
  readonly latestJobStatus: Selectable<Tables["provisioner_jobs"]>["job_status"];
}

/**
 * What an agent that waits for a claim is answered. Pure. `deliver`: the claim is done; `wait`: it may come;
 * `refuse`: it never will, stop asking. @see spec/prebuilds.md §16.1, spec/agents.md §13.2
 */
export function decideReinit(facts: ReinitFacts): "deliver" | "wait" | "refuse" {
  if (facts.isPrebuild) return "wait";
  if (!facts.wasPrebuild) return "refuse";
  if (!facts.hasClaimBuild) return "wait"; // it changed hands, and its build is about to be made
  // A later build has credentials and a start of its own: an event would restart a settled workspace on every reconnect.
  if (!facts.isLatestClaim) return "refuse";
  switch (facts.latestJobStatus) {
    case "succeeded":
      return "deliver";
    case "failed":
    case "canceled":
      return "refuse";
    case "pending":
    case "running":
    case "canceling":
      return "wait";
  }
}
