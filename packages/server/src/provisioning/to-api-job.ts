import { zeroUuid, type ProvisionerJob } from "@hearth/sdk";
import { statusOf, type JobRow } from "./job-row.ts";

const noMetadata: ProvisionerJob["metadata"] = {
  template_version_name: "",
  template_id: zeroUuid,
  template_name: "",
  template_display_name: "",
  template_icon: "",
};

export interface JobExtras {
  readonly queue?: { position: number; size: number } | undefined;
  /** Filled on the job routes only; inside builds and versions its names are empty. */
  readonly metadata?: ProvisionerJob["metadata"] | undefined;
  readonly workerName?: string | undefined;
}

/** A job as the API shows it. @see spec/api.md §6, "Jobs" */
export function toApiJob(row: JobRow, extras: JobExtras = {}): ProvisionerJob {
  return {
    id: row.id,
    created_at: row.created_at.toISOString(),
    ...(row.started_at === null ? {} : { started_at: row.started_at.toISOString() }),
    ...(row.completed_at === null ? {} : { completed_at: row.completed_at.toISOString() }),
    ...(row.canceled_at === null ? {} : { canceled_at: row.canceled_at.toISOString() }),
    ...(row.error === null ? {} : { error: row.error }),
    // Written from the words of JobFailure, of which the contract knows these.
    ...(row.error_code === null ? {} : { error_code: row.error_code as NonNullable<ProvisionerJob["error_code"]> }),
    status: statusOf(row),
    ...(row.worker_id === null ? {} : { worker_id: row.worker_id }),
    ...(extras.workerName === undefined ? {} : { worker_name: extras.workerName }),
    file_id: row.file_id,
    tags: row.tags as Record<string, string>, // written by insertJob
    queue_position: extras.queue?.position ?? 0,
    queue_size: extras.queue?.size ?? 0,
    organization_id: row.organization_id,
    initiator_id: row.initiator_id,
    input: publicInput(row),
    type: row.type as ProvisionerJob["type"], // a check constraint holds it
    metadata: extras.metadata ?? noMetadata,
    logs_overflowed: row.logs_overflowed,
  };
}

function publicInput(row: JobRow): ProvisionerJob["input"] {
  const input = row.input as { workspace_build_id?: string; template_version_id?: string }; // written by the kinds
  return {
    ...(input.workspace_build_id === undefined ? {} : { workspace_build_id: input.workspace_build_id }),
    ...(input.template_version_id === undefined ? {} : { template_version_id: input.template_version_id }),
  };
}
