import type { Db, Tx } from "../ground/database/index.ts";

/** What a build was made with, by name. */
export async function listBuildParameters(db: Db | Tx, buildId: string): Promise<{ name: string; value: string }[]> {
  return await db
    .selectFrom("workspace_build_parameters")
    .select(["name", "value"])
    .where("build_id", "=", buildId)
    .orderBy("name")
    .execute();
}
