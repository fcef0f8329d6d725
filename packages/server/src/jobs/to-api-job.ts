import { zeroUuid, type ProvisionerJob } from "@hearth/sdk";
import type { JobRow } from "./job-row.ts";

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
    // The contract has no word for a parameter that lacks its value: the error says it.
    ...(row.error_code === null || row.error_code === "MISSING_TEMPLATE_PARAMETER"
      ? {}
      : { error_code: row.error_code }),
    status: row.job_status,
    ...(row.worker_id === null ? {} : { worker_id: row.worker_id }),
    ...(extras.workerName === undefined ? {} : { worker_name: extras.workerName }),
    file_id: row.file_id,
    tags: row.tags,
    queue_position: extras.queue?.position ?? 0,
    queue_size: extras.queue?.size ?? 0,
    organization_id: row.organization_id,
    initiator_id: row.initiator_id,
    input: publicInput(row),
    type: row.type,
    metadata: extras.metadata ?? noMetadata,
    logs_overflowed: row.logs_overflowed,
  };
}

function publicInput(row: JobRow): ProvisionerJob["input"] {
  return "workspace_build_id" in row.input
    ? { workspace_build_id: row.input.workspace_build_id }
    : { template_version_id: row.input.template_version_id };
}
