import type { Granted } from "../access/index.ts";
import type { Tx } from "../ground/database/index.ts";
import type { SealOld } from "../ground/lifecycle/index.ts";
import { sealTexts } from "../identity/index.ts";

// What a version's author gave its sensitive variables, sealed; in the rows of the variables these values are null.

/** What they are sealed as. */
export const placeOfVersionSecrets = (versionId: string) => `variables of template version ${versionId}`;

/** Keeps the values, by name. */
export async function storeVersionSecrets(
  tx: Tx,
  _granted: Granted<"template:update">,
  key: Buffer,
  versionId: string,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  await put(tx, key, versionId, values);
}

async function put(tx: Tx, key: Buffer, versionId: string, values: Readonly<Record<string, string>>): Promise<void> {
  const sealed = sealTexts(key, placeOfVersionSecrets(versionId), values);
  await tx.insertInto("template_version_secrets").values({ template_version_id: versionId, sealed }).execute();
}

/** For what an earlier release stored open. */
export function sealOldVersionSecrets(key: Buffer): SealOld {
  return async (tx, versionId, content) => {
    const values = JSON.parse(content.toString("utf8")) as Record<string, string>; // as the migration wrote it
    await put(tx, key, versionId, values);
  };
}
