import type { Granted, Thing } from "../access/index.ts";
import type { Db, Tx } from "../ground/database/index.ts";
import { openTexts } from "../identity/index.ts";
import { placeOfBuildSecrets } from "./build-secrets.ts";

/**
 * What a build of the granted workspace was made with, by name, what held for it alone included: of another workspace's,
 * nothing.
 * @throws SealError when what is sealed of it cannot be opened
 */
export async function listBuildParameters(
  db: Db | Tx,
  { object: workspace }: Granted<"workspace:read", Thing>,
  sealKey: Buffer,
  buildId: string,
): Promise<{ name: string; value: string }[]> {
  const rows = await db
    .selectFrom("workspace_build_parameters as p")
    .innerJoin("workspace_builds as b", "b.id", "p.build_id")
    .leftJoin("workspace_build_secrets as s", "s.build_id", "p.build_id")
    .select(["p.name", "p.value", "s.sealed"])
    .where("p.build_id", "=", buildId)
    .where("b.workspace_id", "=", workspace.id)
    .orderBy("p.name")
    .execute();
  return openTexts(sealKey, placeOfBuildSecrets(buildId), rows, rows[0]?.sealed);
}
