import type { Clock } from "@hearth/base";
import { prebuildsUserId } from "@hearth/sdk";
import { authorize, type Context } from "../access/index.ts";
import { transaction, type Db } from "../ground/database/index.ts";
import { jobPriority } from "../jobs/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { findVersionFacts, insertBuild, insertWorkspace, planBuild } from "../workspaces/index.ts";
import { prebuildName } from "./name.ts";
import type { PoolPreset } from "./pool-view.ts";

export interface PoolWriteDeps {
  readonly db: Db;
  readonly pubsub: PubSub;
  readonly clock: Clock;
  /** What builds are told and leave in confidence is sealed with it. */
  readonly sealKey: Buffer;
  /** `HEARTH_ALLOW_UNSANDBOXED=1`. */
  readonly allowUnsandboxed: boolean;
}

/**
 * Makes one workspace for the pool: the row and its first build, or neither. `moved`: the template's active version is no
 * longer the preset's, so nothing was made; the next cycle sees the new presets.
 *
 * @throws BuildError when the preset's values do not do for a build, or it would run without a sandbox and may not
 * @see spec/prebuilds.md §8.2
 */
export async function createPrebuild(
  ctx: Context,
  { db, pubsub, clock, sealKey, allowUnsandboxed }: PoolWriteDeps,
  preset: PoolPreset,
): Promise<"created" | "moved"> {
  return await transaction(ctx, db, { name: "create_prebuild", isolation: "repeatable read", clock }, async (tx) => {
    const nowMs = clock.now();
    const template = await tx
      .selectFrom("templates")
      .select(["organization_id", "active_version_id"])
      .where("id", "=", preset.templateId)
      .where((eb) => eb.not("deleted"))
      .executeTakeFirst();
    if (template?.active_version_id !== preset.versionId) return "moved";
    const plan = planBuild(
      { transition: "start", ownerId: prebuildsUserId, templateId: preset.templateId, given: [], presetId: preset.id },
      await findVersionFacts(tx, preset.versionId),
      undefined,
    );
    const granted = authorize(ctx, "workspace:create", {
      ownerId: prebuildsUserId,
      organizationId: template.organization_id,
    });
    const workspace = await insertWorkspace(tx, granted, {
      templateId: preset.templateId,
      name: prebuildName(),
      autostartSchedule: null,
      nextStartMs: undefined,
      ttl: null,
      automaticUpdates: "never",
      nowMs,
    });
    await insertBuild(tx, pubsub, granted, {
      plan,
      workspaceId: workspace.id,
      stage: "create",
      reason: "initiator",
      priority: jobPriority.pool,
      allowUnsandboxed,
      sealKey,
      nowMs,
    });
    return "created";
  });
}
