import { authorize, type Context, type Granted, type Thing } from "../access/index.ts";
import type { JobRow } from "./job-row.ts";

/** The right to take a job, to hold it, to end it, or to take it away from whoever holds it. */
export type GrantedJob = Granted<"provisioner_jobs:update", Thing>;

/** @throws as `authorize` */
export function authorizeJob(ctx: Context, job: Pick<JobRow, "id" | "organization_id">): GrantedJob {
  return authorize(ctx, "provisioner_jobs:update", { id: job.id, organizationId: job.organization_id });
}
