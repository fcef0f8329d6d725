import { PrebuildsSettings } from "@hearth/sdk";
import type { Db, Tx } from "../ground/database/index.ts";

const settingName = "prebuilds";

/** Absent means: not paused. @throws Error when the stored document is none of ours */
export async function readSettings(db: Db | Tx): Promise<PrebuildsSettings> {
  const row = await db.selectFrom("site_settings").select("value").where("name", "=", settingName).executeTakeFirst();
  if (row === undefined) return { reconciliation_paused: false };
  return PrebuildsSettings.parse(row.value);
}

export async function writeSettings(tx: Tx, settings: PrebuildsSettings, nowMs: number): Promise<void> {
  const value = JSON.stringify(settings);
  const updatedAt = new Date(nowMs);
  await tx
    .insertInto("site_settings")
    .values({ name: settingName, value, updated_at: updatedAt })
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ value, updated_at: updatedAt }))
    .execute();
}
