import type { Db, Tx } from "../ground/database/index.ts";
import { openTexts } from "../identity/index.ts";
import { placeOfBuildSecrets } from "./build-secrets.ts";

/** What a build was made with, by name. @throws SealError when what is sealed of it cannot be opened */
export async function listBuildParameters(
  db: Db | Tx,
  sealKey: Buffer,
  buildId: string,
): Promise<{ name: string; value: string }[]> {
  const rows = await db
    .selectFrom("workspace_build_parameters as p")
    .leftJoin("workspace_build_secrets as s", "s.build_id", "p.build_id")
    .select(["p.name", "p.value", "s.sealed"])
    .where("p.build_id", "=", buildId)
    .orderBy("p.name")
    .execute();
  return openTexts(sealKey, placeOfBuildSecrets(buildId), rows, rows[0]?.sealed);
}
