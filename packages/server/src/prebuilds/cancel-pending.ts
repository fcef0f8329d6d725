import { sql } from "kysely";
import { prebuildsUserId } from "@hearth/sdk";
import { transaction } from "../ground/database/index.ts";
import { announceEndOfLogs } from "../jobs/index.ts";
import type { PoolWriteDeps } from "./create-prebuild.ts";
import { queueDelete } from "./delete-prebuild.ts";

/**
 * Cancels the first builds of a preset that wait for a worker although their version is no longer active, and deletes
 * their workspaces, of which nothing exists yet. All or nothing; the update itself looks at the criteria, so a job that
 * was taken meanwhile is left alone. Resolves with how many there were.
 *
 * @see spec/prebuilds.md §8.4
 */
export async function cancelPendingPrebuilds(deps: PoolWriteDeps, presetId: string): Promise<number> {
  const { db, pubsub, clock } = deps;
  return await transaction(db, { name: "cancel_pending_prebuilds", clock }, async (tx) => {
    const now = new Date(clock.now());
    const { rows } = await sql<{ job_id: string; workspace_id: string }>`
      update provisioner_jobs j set canceled_at = ${now}, completed_at = ${now}, updated_at = ${now}
      from workspace_builds b
      join workspaces w on w.id = b.workspace_id
      join templates t on t.id = w.template_id and t.active_version_id <> b.template_version_id
      where b.job_id = j.id and b.template_version_preset_id = ${presetId} and b.build_number = 1 and b.transition = 'start'
        and b.initiator_id = ${prebuildsUserId} and w.owner_id = ${prebuildsUserId}
        and j.started_at is null and j.worker_id is null and j.canceled_at is null and j.completed_at is null
      returning j.id as job_id, b.workspace_id`.execute(tx);
    for (const row of rows) {
      announceEndOfLogs(tx, pubsub, row.job_id);
      await queueDelete(tx, deps, row.workspace_id, { isOrphan: true });
    }
    return rows.length;
  });
}
