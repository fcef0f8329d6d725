import { sql } from "kysely";
import { prebuildsUserId } from "@hearth/sdk";
import { authorize, type Context } from "../access/index.ts";
import { defineStatement, sampleId, stored, transaction } from "../ground/database/index.ts";
import { cancelWaitingJobs } from "../jobs/index.ts";
import type { PoolWriteDeps } from "./create-prebuild.ts";
import { queueDelete } from "./delete-prebuild.ts";

const findWaiting = defineStatement({
  name: "prebuilds.find_waiting",
  columns: { job_id: stored("provisioner_jobs.id"), workspace_id: stored("workspace_builds.workspace_id") },
  samples: [{ presetId: sampleId }],
  build: ({ presetId }: { presetId: string }) => sql`
    select j.id as job_id, b.workspace_id
    from provisioner_jobs j
    join workspace_builds b on b.job_id = j.id
    join workspaces w on w.id = b.workspace_id
    join templates t on t.id = w.template_id and t.active_version_id <> b.template_version_id
    where j.started_at is null and j.canceled_at is null and j.completed_at is null
      and b.template_version_preset_id = ${presetId} and b.build_number = 1 and b.transition = 'start'
      and b.initiator_id = ${prebuildsUserId} and w.owner_id = ${prebuildsUserId}`,
});

/**
 * Cancels the first builds of a preset that wait for a worker although their version is no longer active, and deletes
 * their workspaces, of which nothing exists yet. All or nothing; a job that was taken meanwhile is left alone. Resolves
 * with how many there were.
 *
 * @see spec/prebuilds.md §8.4
 */
export async function cancelPendingPrebuilds(ctx: Context, deps: PoolWriteDeps, presetId: string): Promise<number> {
  const { db, pubsub, clock } = deps;
  const granted = authorize(ctx, "workspace:update", { ownerId: prebuildsUserId });
  return await transaction(ctx, db, { name: "cancel_pending_prebuilds", clock }, async (tx) => {
    const workspaceOf = new Map(
      (await findWaiting.all(tx, { presetId })).map((row) => [row.job_id, row.workspace_id] as const),
    );
    const canceled = await cancelWaitingJobs(tx, pubsub, granted, [...workspaceOf.keys()], clock.now());
    for (const jobId of canceled) {
      const workspaceId = workspaceOf.get(jobId);
      if (workspaceId !== undefined) await queueDelete(tx, ctx, deps, workspaceId, { isOrphan: true });
    }
    return canceled.length;
  });
}
