import { authorize, type Context, type Granted, type Thing } from "../access/index.ts";
import type { JobRow } from "./job-row.ts";

/** The right to take a job, to hold it, to end it, or to take it away from whoever holds it. */
export type GrantedJob = Granted<"provisioner_jobs:update", Thing>;

/** @throws as `authorize` */
export function authorizeJob(ctx: Context, job: Pick<JobRow, "id" | "organization_id">): GrantedJob {
  return authorize(ctx, "provisioner_jobs:update", { id: job.id, organizationId: job.organization_id });
}

/** The right to queue a job, or to end one that nobody has taken: that to what it is for. */
export type QueueGrant = Granted<
  | "workspace:create"
  | "workspace:start"
  | "workspace:stop"
  | "workspace:delete"
  | "workspace:update"
  | "template:create"
  | "template:update"
>;
