import type { Updateable } from "kysely";
import type { Granted, Thing } from "../access/index.ts";
import type { Db, Tables, Tx } from "../ground/database/index.ts";

type PoolStatus = NonNullable<Updateable<Tables["template_version_presets"]>["prebuild_status"]>;

/** Says of a preset how its pool stands, for operators. */
export async function setPoolStatus(
  db: Db | Tx,
  { object }: Granted<"template:update", Thing>,
  presetId: string,
  { status, detail }: { status: PoolStatus; detail: string },
): Promise<void> {
  await db
    .updateTable("template_version_presets")
    .set({ prebuild_status: status, prebuild_status_detail: detail })
    .where("id", "=", presetId)
    .where("template_version_id", "in", (versions) =>
      versions.selectFrom("template_versions").select("id").where("template_id", "=", object.id),
    )
    .execute();
}
