import type * as api from "@hearth/sdk";
import { toApiJob } from "../jobs/index.ts";
import type { BuildRecord } from "./records.ts";
import { workspaceStatus } from "./status.ts";

/** What a build's answer shows beside its record. */
export interface BuildExtras {
  readonly resources: readonly api.WorkspaceResource[];
  /** Worked out while the job is pending; later none count. */
  readonly matched?: api.MatchedProvisioners | undefined;
  readonly queue?: { position: number; size: number } | undefined;
}

const noneMatched: api.MatchedProvisioners = { count: 0, available: 0, most_recently_seen: null };

/** A build as the API shows it. @see spec/api.md §8, "builds" */
export function toApiBuild(record: BuildRecord, extras: BuildExtras): api.WorkspaceBuild {
  const { build, job } = record;
  return {
    id: build.id,
    created_at: build.created_at.toISOString(),
    updated_at: build.updated_at.toISOString(),
    workspace_id: build.workspace_id,
    workspace_name: record.workspaceName,
    workspace_owner_id: record.ownerId,
    workspace_owner_name: record.ownerName,
    ...(record.ownerAvatarUrl === "" ? {} : { workspace_owner_avatar_url: record.ownerAvatarUrl }),
    template_version_id: build.template_version_id,
    template_version_name: record.versionName,
    build_number: build.build_number,
    transition: build.transition,
    initiator_id: build.initiator_id,
    initiator_name: record.initiatorName,
    job: toApiJob(job, { queue: extras.queue }),
    reason: build.reason,
    resources: [...extras.resources],
    deadline: build.deadline?.toISOString() ?? null,
    max_deadline: build.max_deadline?.toISOString() ?? null,
    status: workspaceStatus(job.job_status, build.transition),
    daily_cost: build.daily_cost,
    // Of what no provisioner had to run there is nothing to say.
    ...(job.is_claim_at_once ? {} : { matched_provisioners: extras.matched ?? noneMatched }),
    template_version_preset_id: build.template_version_preset_id,
    // Known once the job has ended.
    ...(job.completed_at === null ? {} : { has_ai_task: false, has_external_agent: false }),
  };
}
