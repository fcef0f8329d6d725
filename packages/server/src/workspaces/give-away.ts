import { sql } from "kysely";
import { sampleId, sampleMs, type Fragment } from "../ground/database/index.ts";
import type { GivenAway } from "./claim.ts";

/** For the statements that give away. */
export const sampleGivenAway: GivenAway = {
  templateId: sampleId,
  versionId: sampleId,
  presetId: sampleId,
  fixedParameters: { region: "eu" },
  mayRunUnsandboxed: false,
  ownerId: sampleId,
  name: "mine",
  autostartSchedule: null,
  nextStartMs: undefined,
  ttl: null,
  automaticUpdates: "never",
  nowMs: sampleMs,
};

/**
 * The part of a claim that writes: the workspace that `candidate` (id, its directory, and build_number, build_id and job_id of
 * its latest build) names becomes its new owner's, where the condition holds. Returns the row, with `latest_build_number`,
 * `latest_build_id`, `latest_job_id` and `directory`. A part and no statement of its own, because a claim is one statement.
 */
export function giveAway(request: GivenAway, condition: Fragment = sql`true`): Fragment {
  const now = sql`${new Date(request.nowMs)}::timestamptz`;
  const nextStart = request.nextStartMs === undefined ? null : new Date(request.nextStartMs);
  return sql`
    update workspaces w set owner_id = ${request.ownerId}, name = ${request.name}, updated_at = ${now},
      autostart_schedule = ${request.autostartSchedule}, next_start_at = ${nextStart}, ttl = ${request.ttl}, last_used_at = ${now},
      dormant_at = null, deleting_at = null, user_acl = '{}', group_acl = '{}', automatic_updates = ${request.automaticUpdates}, claimed_at = ${now},
      prebuild_created_at = w.created_at, created_at = ${now}, claim_count = w.claim_count + 1
    from candidate c where w.id = c.id and ${condition}
    returning w.*, c.build_number as latest_build_number, c.build_id as latest_build_id, c.job_id as latest_job_id, c.directory`;
}
