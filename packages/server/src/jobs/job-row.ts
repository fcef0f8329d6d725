import type { z } from "zod";
import { allColumns, type jobInputs, type RowOf } from "../ground/database/index.ts";

export const jobColumns = allColumns("provisioner_jobs");

/** A job as the queue has it. Leaves this capability only for the kinds of jobs, which read their own input from it. */
export type JobRow = RowOf<typeof jobColumns>;

/** What each kind of job says of itself. */
export type JobContent = {
  [Type in keyof typeof jobInputs]: { readonly type: Type; readonly input: z.infer<(typeof jobInputs)[Type]> };
}[keyof typeof jobInputs];

/** Claims go ahead of everything, humans ahead of the pool. */
export const jobPriority = { claim: 0, human: 1, pool: 2 } as const;
export type JobPriority = (typeof jobPriority)[keyof typeof jobPriority];

/** Tags that every job and daemon has. @see spec/builds.md §8.3 */
export const untagged: Readonly<Record<string, string>> = { owner: "", scope: "organization" };

export function isActive(row: Pick<JobRow, "job_status">): boolean {
  return ["pending", "running", "canceling"].includes(row.job_status);
}
