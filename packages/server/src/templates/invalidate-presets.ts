import type { Granted, Thing } from "../access/index.ts";
import type { Tx } from "../ground/database/index.ts";

/** What the pools of this version of the template built until now is not given away any more. Resolves with the presets' names. */
export async function invalidatePresets(
  tx: Tx,
  { object }: Granted<"template:update", Thing>,
  versionId: string,
  nowMs: number,
): Promise<string[]> {
  const presets = await tx
    .updateTable("template_version_presets")
    .set({ last_invalidated_at: new Date(nowMs) })
    .where("template_version_id", "=", versionId)
    .where((where) =>
      where.exists(
        where
          .selectFrom("template_versions as v")
          .select("v.id")
          .where("v.id", "=", versionId)
          .where("v.template_id", "=", object.id),
      ),
    )
    .returning("name")
    .execute();
  return presets.map(({ name }) => name);
}
