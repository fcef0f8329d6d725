import { sql } from "kysely";
import { prebuildsUserId } from "@hearth/sdk";
import type { Db } from "../../ground/database/index.ts";
import type { BuildFacts } from "../access/acceptance.ts";
import type { ReinitFacts } from "./decide-reinit.ts";

/** What decides, and who owns the workspace now; undefined when it is gone. */
export async function readReinitFacts(
  db: Db,
  workspaceId: string,
): Promise<(ReinitFacts & { readonly ownerId: string }) | undefined> {
  const { rows } = await sql<{
    owner_id: string;
    first_initiator_id: string;
    has_claim: boolean;
    latest_stage: BuildFacts["stage"];
    latest_job_status: BuildFacts["jobStatus"];
  }>`
    select w.owner_id, latest.stage as latest_stage, latest.job_status as latest_job_status,
      (select f.initiator_id from workspace_builds f where f.workspace_id = w.id order by f.build_number limit 1) as first_initiator_id,
      exists (select from workspace_builds c where c.workspace_id = w.id and c.stage = 'claim') as has_claim
    from workspaces w
    cross join lateral (
      select b.stage, j.job_status from workspace_builds b join provisioner_jobs j on j.id = b.job_id
      where b.workspace_id = w.id order by b.build_number desc limit 1
    ) latest
    where w.id = ${workspaceId}`.execute(db);
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
