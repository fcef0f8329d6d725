import { sql } from "kysely";
import { notNull, stored, type Fragment, type RowOfShape } from "../../ground/database/index.ts";
import type { AgentFacts } from "./acceptance.ts";

// What decides whether an agent is accepted, for statements that have it as `a` and its workspace as `w`: one text for
// whoever asks. Index: workspace_builds_workspace_id_build_number_key.

export const acceptanceJoins: Fragment = sql`
  join workspace_builds own on own.id = a.build_id
  join provisioner_jobs own_job on own_job.id = own.job_id
  cross join lateral (
    select b.build_number, b.transition, b.stage, j.job_status
    from workspace_builds b join provisioner_jobs j on j.id = b.job_id
    where b.workspace_id = w.id order by b.build_number desc limit 1
  ) latest`;

export const acceptanceColumns: Fragment = sql`
  a.deleted as agent_deleted, w.deleted as workspace_deleted,
  own.build_number as own_number, own.transition as own_transition, own_job.job_status as own_job_status,
  latest.build_number as latest_number, latest.transition as latest_transition, latest.stage as latest_stage,
  latest.job_status as latest_job_status`;

export const acceptanceShape = {
  agent_deleted: stored("workspace_agents.deleted"),
  workspace_deleted: stored("workspaces.deleted"),
  own_number: stored("workspace_builds.build_number"),
  own_transition: stored("workspace_builds.transition"),
  own_job_status: notNull(stored("provisioner_jobs.job_status")),
  latest_number: stored("workspace_builds.build_number"),
  latest_transition: stored("workspace_builds.transition"),
  latest_stage: stored("workspace_builds.stage"),
  latest_job_status: notNull(stored("provisioner_jobs.job_status")),
} as const;

/** The row's part for {@link import("./acceptance.ts").isAgentAccepted}. */
export function toAgentFacts(row: RowOfShape<typeof acceptanceShape>): AgentFacts {
  return {
    own: { buildNumber: row.own_number, transition: row.own_transition, jobStatus: row.own_job_status },
    latest: {
      buildNumber: row.latest_number,
      transition: row.latest_transition,
      stage: row.latest_stage,
      jobStatus: row.latest_job_status,
    },
    isAgentDeleted: row.agent_deleted,
    isWorkspaceDeleted: row.workspace_deleted,
  };
}
