import type { Clock } from "@hearth/base";
import type { InvalidatedPreset } from "@hearth/sdk";
import type { Context, Granted, Thing } from "../access/index.ts";
import { afterCommit, transaction, type Db } from "../ground/database/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { invalidatePresets, type TemplateRow } from "../templates/index.ts";
import { wakePools } from "../workspaces/index.ts";

export interface PoolRequestDeps {
  readonly db: Db;
  readonly pubsub: PubSub;
  readonly clock: Clock;
}

/** What was made for the presets of the active version is stale from now on, and is replaced. */
export async function invalidatePools(
  ctx: Context,
  { db, pubsub, clock }: PoolRequestDeps,
  granted: Granted<"template:update", Thing>,
  template: TemplateRow,
): Promise<InvalidatedPreset[]> {
  return await transaction(ctx, db, { name: "invalidate_prebuilds", clock }, async (tx) => {
    const presets = await invalidatePresets(tx, granted, template.active_version_id, clock.now());
    const version = await tx
      .selectFrom("template_versions")
      .select("name")
      .where("id", "=", template.active_version_id)
      .executeTakeFirstOrThrow();
    wakePools(tx, pubsub, "preset_invalidated");
    afterCommit(tx, () => pubsub.publish("template", granted.object.id, {}));
    return presets.map((name) => ({
      template_name: template.name,
      template_version_name: version.name,
      preset_name: name,
    }));
  });
}
