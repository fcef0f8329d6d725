import { PrebuildsSettings } from "@hearth/sdk";
import type { Clock } from "@hearth/base";
import type { Context, Granted } from "../access/index.ts";
import { transaction, type Db, type Tx } from "../ground/database/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { wakePools } from "../workspaces/index.ts";

const settingName = "prebuilds";

/** Absent means: not paused. Who may change them knows them. @throws Error when the stored document is none of ours */
export async function readSettings(
  db: Db | Tx,
  _granted: Granted<"prebuilds_settings:read" | "prebuilds_settings:update">,
): Promise<PrebuildsSettings> {
  const row = await db.selectFrom("site_settings").select("value").where("name", "=", settingName).executeTakeFirst();
  if (row === undefined) return { reconciliation_paused: false };
  return PrebuildsSettings.parse(row.value);
}

/** Keeps them, and wakes the pools; false when they were so already. */
export async function changeSettings(
  ctx: Context,
  { db, pubsub, clock }: { readonly db: Db; readonly pubsub: PubSub; readonly clock: Clock },
  granted: Granted<"prebuilds_settings:update">,
  settings: PrebuildsSettings,
): Promise<boolean> {
  return await transaction(ctx, db, { name: "prebuilds_settings", clock }, async (tx) => {
    if ((await readSettings(tx, granted)).reconciliation_paused === settings.reconciliation_paused) return false;
    await writeSettings(tx, settings, clock.now());
    wakePools(tx, pubsub, settings.reconciliation_paused ? "paused" : "resumed");
    return true;
  });
}

async function writeSettings(tx: Tx, settings: PrebuildsSettings, nowMs: number): Promise<void> {
  const value = JSON.stringify(settings);
  const updatedAt = new Date(nowMs);
  await tx
    .insertInto("site_settings")
    .values({ name: settingName, value, updated_at: updatedAt })
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ value, updated_at: updatedAt }))
    .execute();
}
