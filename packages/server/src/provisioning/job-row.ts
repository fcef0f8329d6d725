import type { Selectable } from "kysely";
import type { Tables } from "../database/index.ts";

/** A job as the queue has it. Leaves this capability only for the kinds of jobs, which read their own input from it. */
export type JobRow = Selectable<Tables["provisioner_jobs"]>;

export type JobType = "template_version_import" | "workspace_build";
export type JobStatus = "pending" | "running" | "succeeded" | "canceling" | "canceled" | "failed" | "unknown";

/** Claims go ahead of everything, humans ahead of the pool. */
export const jobPriority = { claim: 0, human: 1, pool: 2 } as const;
export type JobPriority = (typeof jobPriority)[keyof typeof jobPriority];

/** Tags that every job and daemon has. @see spec/builds.md §8.3 */
export const untagged: Readonly<Record<string, string>> = { owner: "", scope: "organization" };

export function statusOf(row: Pick<JobRow, "job_status">): JobStatus {
  return row.job_status as JobStatus; // the generated column knows these words only
}

export function isActive(row: Pick<JobRow, "job_status">): boolean {
  return ["pending", "running", "canceling"].includes(row.job_status);
}
