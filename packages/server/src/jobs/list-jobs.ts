import { sql } from "kysely";
import type { ProvisionerJob } from "@hearth/sdk";
import type { Granted, GrantedWithin, Thing } from "../access/index.ts";
import { defineStatement, sampleId, type Db } from "../ground/database/index.ts";
import { jobSubjectColumns, jobSubjectJoins, jobSubjectShape } from "../views/index.ts";
import { jobColumns } from "./job-row.ts";
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

interface Wanted {
  readonly organizationId: string;
  /** Those within reach, as a key's list has them: texts, of which some may name no job; undefined: all. */
  readonly reached: readonly string[] | undefined;
  readonly filter: JobFilter;
}

/** One text for every filter. Index: provisioner_jobs_organization_idx. */
const list = defineStatement({
  name: "jobs.list",
  columns: {
    ...jobColumns.shape,
    ...jobSubjectShape,
  },
  samples: [{ organizationId: sampleId, reached: undefined, filter: { limit: 50 } }],
  build({ organizationId, reached, filter: { ids = [], statuses = [], initiatorId, tags, limit } }: Wanted) {
    return sql`
      select ${jobColumns.of("j")}, ${jobSubjectColumns}
      from provisioner_jobs j
      ${jobSubjectJoins}
      where j.organization_id = ${organizationId}
        and (${ids.length === 0} or j.id = any(${[...ids]}::uuid[]))
        and (${reached === undefined} or j.id::text = any(${[...(reached ?? [])]}::text[]))
        and (${statuses.length === 0} or j.job_status = any(${[...statuses]}::text[]))
        and (${initiatorId === undefined} or j.initiator_id = ${initiatorId ?? null}::uuid)
        and (${tags === undefined} or j.tags @> ${JSON.stringify(tags ?? {})}::jsonb)
      order by j.created_at desc, j.id limit ${limit}`;
  },
});

/** What an organization had to do, the last first. */
export async function listJobs(
  db: Db,
  granted: JobListGrant,
  nowMs: number,
  filter: JobFilter,
): Promise<ProvisionerJob[]> {
  const { organizationId } = "container" in granted ? granted.container : granted.object;
  const reached = "ids" in granted ? granted.ids : [granted.object.id];
  const rows = await list.all(db, { organizationId, reached, filter });
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
