import type { ProvisionerJobStatus } from "@hearth/sdk";

/** Whether a job will not change any more. */
export function isJobOver(status: ProvisionerJobStatus): boolean {
  return status === "succeeded" || status === "failed" || status === "canceled";
}
