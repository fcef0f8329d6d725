import { sql } from "kysely";
import type { ProvisionerJob } from "@hearth/sdk";
import type { Granted, GrantedWithin, Thing } from "../access/index.ts";
import type { Db } from "../ground/database/index.ts";
import type { JobRow } from "./job-row.ts";
import { queuePositions } from "./queue-position.ts";
import { toApiJob } from "./to-api-job.ts";

type InOrganization = { readonly organizationId: string };

/** To see what is in an organization, or one job there. */
type JobListGrant =
  | GrantedWithin<"provisioner_jobs:read", InOrganization>
  | Granted<"provisioner_jobs:read", Thing & InOrganization>;

export interface JobFilter {
  ids?: readonly string[];
  statuses?: readonly string[];
  initiatorId?: string | undefined;
  tags?: Readonly<Record<string, string>> | undefined;
  limit: number;
}

type JoinedJob = JobRow & {
  worker_name: string | null;
  version_name: string | null;
  template_id: string | null;
  template_name: string | null;
  template_display_name: string | null;
  template_icon: string | null;
  workspace_id: string | null;
  workspace_name: string | null;
  transition: "start" | "stop" | "delete" | null;
};

/** What an organization had to do, the last first. */
export async function listJobs(
  db: Db,
  granted: JobListGrant,
  nowMs: number,
  filter: JobFilter,
): Promise<ProvisionerJob[]> {
  const { organizationId } = "container" in granted ? granted.container : granted.object;
  const reached = "ids" in granted ? granted.ids : [granted.object.id];
  const { rows } = await sql<JoinedJob>`
    select j.*, d.name as worker_name, v.name as version_name, t.id as template_id, t.name as template_name,
      t.display_name as template_display_name, t.icon as template_icon, w.id as workspace_id, w.name as workspace_name, b.transition
    from provisioner_jobs j
    left join provisioner_daemons d on d.id = j.worker_id
    left join workspace_builds b on b.job_id = j.id
    left join workspaces w on w.id = b.workspace_id
    left join template_versions v on v.id = coalesce(b.template_version_id, (j.input ->> 'template_version_id')::uuid)
    left join templates t on t.id = v.template_id
    where j.organization_id = ${organizationId}
      and (${(filter.ids ?? []).length === 0} or j.id = any(${[...(filter.ids ?? [])]}::uuid[]))
      and (${reached === undefined} or j.id::text = any(${[...(reached ?? [])]}::text[]))
      and (${(filter.statuses ?? []).length === 0} or j.job_status = any(${[...(filter.statuses ?? [])]}::text[]))
      and (${filter.initiatorId === undefined} or j.initiator_id = ${filter.initiatorId ?? null}::uuid)
      and (${filter.tags === undefined} or j.tags @> ${JSON.stringify(filter.tags ?? {})}::jsonb)
    order by j.created_at desc, j.id limit ${filter.limit}`.execute(db);
  const queue = await queuePositions(
    db,
    rows.filter((row) => row.job_status === "pending").map((row) => row.id),
    nowMs,
  );
  return rows.map((row) =>
    toApiJob(row, {
      queue: queue.get(row.id),
      workerName: row.worker_name ?? undefined,
      metadata: {
        template_version_name: row.version_name ?? "",
        template_id: row.template_id ?? "00000000-0000-0000-0000-000000000000",
        template_name: row.template_name ?? "",
        template_display_name: row.template_display_name ?? "",
        template_icon: row.template_icon ?? "",
        ...(row.workspace_id === null ? {} : { workspace_id: row.workspace_id }),
        ...(row.workspace_name === null ? {} : { workspace_name: row.workspace_name }),
        ...(row.transition === null ? {} : { workspace_build_transition: row.transition }),
      },
    }),
  );
}
