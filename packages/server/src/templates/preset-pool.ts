import type { Updateable } from "kysely";
import type { Db, Tables, Tx } from "../ground/database/index.ts";

type PoolStatus = NonNullable<Updateable<Tables["template_version_presets"]>["prebuild_status"]>;

/** Says of a preset how its pool stands, for operators. */
export async function setPoolStatus(
  db: Db | Tx,
  presetId: string,
  { status, detail }: { status: PoolStatus; detail: string },
): Promise<void> {
  await db
    .updateTable("template_version_presets")
    .set({ prebuild_status: status, prebuild_status_detail: detail })
    .where("id", "=", presetId)
    .execute();
}

/** What the presets' pools built until now is not given away any more. Resolves with the presets' names. */
export async function invalidatePresets(tx: Tx, versionId: string, nowMs: number): Promise<string[]> {
  const presets = await tx
    .updateTable("template_version_presets")
    .set({ last_invalidated_at: new Date(nowMs) })
    .where("template_version_id", "=", versionId)
    .returning("name")
    .execute();
  return presets.map(({ name }) => name);
}
