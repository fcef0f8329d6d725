import { prebuildsUserId } from "@hearth/sdk";
import type { Context } from "../access/index.ts";
import { transaction, type Tx } from "../ground/database/index.ts";
import { jobPriority } from "../jobs/index.ts";
import {
  authorizeWorkspace,
  completeOrphan,
  findVersionFacts,
  insertBuild,
  lockForBuild,
  planBuild,
} from "../workspaces/index.ts";
import type { PoolWriteDeps } from "./create-prebuild.ts";

/**
 * Queues the delete of a workspace of the pool. `claimed`: it changed hands meanwhile, and nothing happens to it. The row
 * is locked first, as a claim locks it, so that exactly one of the two wins.
 *
 * @throws BuildError `build_active` when somebody builds it right now
 * @see spec/prebuilds.md §8.3
 */
export async function deletePrebuild(
  ctx: Context,
  deps: PoolWriteDeps,
  workspaceId: string,
): Promise<"deleting" | "claimed"> {
  const { db, clock } = deps;
  return await transaction(ctx, db, { name: "delete_prebuild", isolation: "repeatable read", clock }, (tx) =>
    queueDelete(tx, ctx, deps, workspaceId, { isOrphan: false }),
  );
}

/** The same inside a transaction; an orphan's infrastructure was never made, so its state is empty. */
export async function queueDelete(
  tx: Tx,
  ctx: Context,
  { pubsub, clock, sealKey }: PoolWriteDeps,
  workspaceId: string,
  { isOrphan }: { isOrphan: boolean },
): Promise<"deleting" | "claimed"> {
  const found = await lockForBuild(tx, workspaceId);
  if (found === undefined || found.workspace.owner_id !== prebuildsUserId) return "claimed";
  const { workspace, previous } = found;
  const granted = authorizeWorkspace(ctx, "workspace:delete", workspace);
  const nowMs = clock.now();
  const plan = planBuild(
    {
      transition: "delete",
      ownerId: prebuildsUserId,
      templateId: workspace.template_id,
      given: [],
      presetId: undefined,
    },
    await findVersionFacts(tx, previous.versionId),
    previous,
  );
  const { build, job } = await insertBuild(tx, pubsub, granted, {
    plan,
    workspaceId,
    stage: "create",
    reason: "initiator",
    priority: jobPriority.pool,
    allowUnsandboxed: false,
    sealKey,
    ...(isOrphan ? { state: new Uint8Array() } : {}),
    nowMs,
  });
  if (isOrphan) await completeOrphan(tx, pubsub, granted, { job, buildId: build.id, nowMs });
  return "deleting";
}
