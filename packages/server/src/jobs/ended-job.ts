import { sql } from "kysely";
import type { BuildJobInput, Fragment } from "../ground/database/index.ts";
import { jobPriority, untagged, type JobRow } from "./job-row.ts";

// A claim that touches nothing has nothing for a worker to do. Its build has a job all the same, as clients know builds: one
// that ended in the moment that made it (`is_claim_at_once`). Nobody ever held it, so no daemon is asked about, or counts it.

export interface EndedJob {
  readonly id: string;
  readonly organizationId: string;
  readonly initiatorId: string;
  readonly fileId: string;
  /** All of it that is known before the statement. */
  readonly input: Omit<BuildJobInput, "workspace_id">;
  readonly tags: Readonly<Record<string, string>>;
  readonly language: JobRow["language"];
  readonly engine: JobRow["engine"];
  readonly nowMs: number;
}

/** A part that inserts the job, once for each row of `from`, whose workspace is `workspaceId`. */
export function endedJob(job: EndedJob, { from, workspaceId }: Record<"from" | "workspaceId", Fragment>): Fragment {
  const now = sql`${new Date(job.nowMs)}::timestamptz`;
  return sql`
    insert into provisioner_jobs (id, organization_id, initiator_id, type, file_id, input, tags, language, engine, priority,
      is_claim_at_once, created_at, updated_at, started_at, completed_at)
    select ${job.id}::uuid, ${job.organizationId}::uuid, ${job.initiatorId}::uuid, 'workspace_build', ${job.fileId}::uuid,
      ${JSON.stringify(job.input)}::jsonb || jsonb_build_object('workspace_id', ${workspaceId}),
      ${JSON.stringify({ ...untagged, ...job.tags })}::jsonb, ${job.language}::text, ${job.engine}::text,
      ${sql.lit(jobPriority.claim)}::smallint, true, ${now}, ${now}, ${now}, ${now}
    from ${from}
    returning *`;
}
