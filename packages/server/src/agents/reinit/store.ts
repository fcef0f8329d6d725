import { sql } from "kysely";
import { prebuildsUserId } from "@hearth/sdk";
import { computed, defineStatement, sampleId, stored, type Db } from "../../ground/database/index.ts";
import type { ReinitFacts } from "./decide-reinit.ts";

interface Wanted {
  readonly workspaceIds: readonly string[];
  /** Only those that do not belong to the pool any more. */
  readonly isClaimed?: boolean;
}

const find = defineStatement({
  name: "agents.read_reinit_facts",
  columns: {
    id: stored("workspaces.id"),
    owner_id: stored("workspaces.owner_id"),
    latest_stage: stored("workspace_builds.stage"),
    latest_job_status: stored("provisioner_jobs.job_status"),
    first_initiator_id: computed.uuid,
    has_claim: computed.boolean,
  },
  samples: [{ workspaceIds: [sampleId] }, { workspaceIds: [sampleId], isClaimed: true }],
  build: ({ workspaceIds, isClaimed = false }: Wanted) => sql`
    select w.id, w.owner_id, latest.stage as latest_stage, j.job_status as latest_job_status,
      (select f.initiator_id from workspace_builds f where f.workspace_id = w.id order by f.build_number limit 1) as first_initiator_id,
      exists (select from workspace_builds c where c.workspace_id = w.id and c.stage = 'claim') as has_claim
    from workspaces w
    cross join lateral latest_build(w.id) latest
    join provisioner_jobs j on j.id = latest.job_id
    where w.id = any(${[...workspaceIds]}::uuid[]) ${isClaimed ? sql`and w.owner_id <> ${prebuildsUserId}` : sql``}`,
});

/** What decides of one workspace, and who owns it now. */
export type OwnedReinitFacts = ReinitFacts & { readonly ownerId: string };

/** What decides, by the workspace; those that are gone are left out. One statement for any number. */
export async function readReinitFacts(db: Db, wanted: Wanted): Promise<ReadonlyMap<string, OwnedReinitFacts>> {
  const rows = await find.all(db, wanted);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        ownerId: row.owner_id,
        isPrebuild: row.owner_id === prebuildsUserId,
        wasPrebuild: row.first_initiator_id === prebuildsUserId,
        hasClaimBuild: row.has_claim,
        isLatestClaim: row.latest_stage === "claim",
        latestJobStatus: row.latest_job_status,
      },
    ]),
  );
}
