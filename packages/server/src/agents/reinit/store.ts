import { sql } from "kysely";
import { prebuildsUserId } from "@hearth/sdk";
import { computed, defineStatement, sampleId, stored, type Db } from "../../ground/database/index.ts";
import type { ReinitFacts } from "./decide-reinit.ts";

const find = defineStatement({
  name: "agents.read_reinit_facts",
  columns: {
    owner_id: stored("workspaces.owner_id"),
    latest_stage: stored("workspace_builds.stage"),
    latest_job_status: stored("provisioner_jobs.job_status"),
    first_initiator_id: computed.uuid,
    has_claim: computed.boolean,
  },
  samples: [{ workspaceId: sampleId }],
  build: ({ workspaceId }: { workspaceId: string }) => sql`
    select w.owner_id, latest.stage as latest_stage, latest.job_status as latest_job_status,
      (select f.initiator_id from workspace_builds f where f.workspace_id = w.id order by f.build_number limit 1) as first_initiator_id,
      exists (select from workspace_builds c where c.workspace_id = w.id and c.stage = 'claim') as has_claim
    from workspaces w
    cross join lateral (
      select b.stage, j.job_status from workspace_builds b join provisioner_jobs j on j.id = b.job_id
      where b.workspace_id = w.id order by b.build_number desc limit 1
    ) latest
    where w.id = ${workspaceId}`,
});

/** What decides, and who owns the workspace now; undefined when it is gone. */
export async function readReinitFacts(
  db: Db,
  workspaceId: string,
): Promise<(ReinitFacts & { readonly ownerId: string }) | undefined> {
  const rows = await find.all(db, { workspaceId });
  const row = rows[0];
  if (row === undefined) return undefined;
  return {
    ownerId: row.owner_id,
    isPrebuild: row.owner_id === prebuildsUserId,
    wasPrebuild: row.first_initiator_id === prebuildsUserId,
    hasClaimBuild: row.has_claim,
    isLatestClaim: row.latest_stage === "claim",
    latestJobStatus: row.latest_job_status,
  };
}
