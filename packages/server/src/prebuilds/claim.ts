import { sql } from "kysely";
import { directoryKey } from "@hearth/provisioner";
import { prebuildsUserId } from "@hearth/sdk";
import { isClaimable, poolPreset } from "./claimable.ts";
import { defineStatement, stored, type Fragment } from "../ground/database/index.ts";
import {
  defineClaim,
  giveAway,
  sampleGivenAway,
  unsandboxedMark,
  workspaceColumns,
  type ClaimPrebuild,
  type ClaimStatement,
  type GivenAway,
} from "../workspaces/index.ts";

/** The directory on the host of a workspace without a sandbox, as its engine told it with the job `b` has; else null. */
const directory: Fragment = sql`(select m ->> 'value' from workspace_resources r, jsonb_array_elements(r.metadata) m
  where r.job_id = b.job_id and m ->> 'key' = ${sql.lit(directoryKey)} limit 1)`;

/** Finds and locks the first workspace that may be given away for the request, with what its latest build is. */
function candidate(request: GivenAway): Fragment {
  const isSandboxed = sql`not exists (
            select from workspace_resources r where r.job_id = b.job_id and r.metadata @> ${JSON.stringify([unsandboxedMark])}::jsonb)`;
  const now = sql`${new Date(request.nowMs)}::timestamptz`;
  return sql`
        select w.id, b.build_number, b.id as build_id, b.job_id, b.daily_cost, ${directory} as directory
        from workspaces w
        join templates t on t.id = w.template_id and t.active_version_id = ${request.versionId} and not t.deleted
        join template_version_presets p on p.id = ${request.presetId}
        cross join lateral latest_build(w.id) b
        join provisioner_jobs j on j.id = b.job_id
        where w.owner_id = ${sql.lit(prebuildsUserId)} and not w.deleted and w.template_id = ${request.templateId}
          and b.transition = 'start' and b.template_version_id = ${request.versionId} and j.job_status = 'succeeded'
          and p.id = ${poolPreset}
          and (p.last_invalidated_at is null or w.created_at >= p.last_invalidated_at)
          and (coalesce(p.invalidate_after_secs, 0) <= 0 or ${now} - w.created_at <= p.invalidate_after_secs * interval '1 second')
          and ${isClaimable(request.nowMs)}
          and not exists (
            select from jsonb_each_text(${JSON.stringify(request.fixedParameters)}::jsonb) wanted
            left join workspace_build_parameters given on given.build_id = b.id and given.name = wanted.key
            -- One that is sealed is the preset's, or the default, of this version: the same.
            where given.name is null or given.value <> wanted.value)
          and (${request.mayRunUnsandboxed} or ${isSandboxed})
          -- What was made before engines told it has to be asked of them.
          and (${request.needsDirectory !== true} or ${isSandboxed} or ${directory} is not null)
        order by w.created_at, w.id
        limit 1
        for update of w skip locked`;
}

const claim = defineStatement({
  name: "prebuilds.claim",
  columns: { ...workspaceColumns.shape, latest_build_number: stored("workspace_builds.build_number") },
  samples: [sampleGivenAway],
  build: (request: GivenAway) => sql`
      with candidate as (${candidate(request)}), w as (${giveAway(request)})
      select ${workspaceColumns.columns}, latest_build_number from w`,
});

/** A claim that touches nothing, all of it. Of the same candidates, in the same order. */
export const claimAtOnce: ClaimStatement = defineClaim("prebuilds.claim_at_once", candidate);

/**
 * Gives one workspace of the preset's pool that is ready and connected to whom the grant is for, inside the caller's transaction, or nothing when the pool
 * has none. One statement: rows that others hold are skipped, so nobody waits and two claims never meet. Oldest first;
 * expired ones are left to the reconciler.
 *
 * The workspace must have been built with exactly the fixed parameters, and with a sandbox unless its new owner may go
 * without. Index: workspaces_pool_idx, which has the order, so that the first that fits ends the search.
 *
 * The new owner's name for it may be taken (unique index workspaces_owner_id_name_key): that error is the caller's.
 * @see spec/prebuilds.md §15.3, §15.4
 */
export const claimPrebuild: ClaimPrebuild = async (tx, { object: { ownerId } }, request) => {
  const row = await claim.first(tx, { ...request, ownerId });
  if (row === undefined) return undefined;
  return { workspace: workspaceColumns.pick(row), latestBuildNumber: row.latest_build_number };
};
