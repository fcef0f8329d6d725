import type { NameValue } from "@hearth/provisioner";
import type { Tx } from "../ground/database/index.ts";
import type { SealOld } from "../ground/lifecycle/index.ts";
import { sealTexts } from "../identity/index.ts";

// Values of parameters that hold for one build only are what people give in confidence. They are kept sealed, apart from
// the other values, in whose rows they are null.

/** What they are sealed as. */
export const placeOfBuildSecrets = (buildId: string) => `values of build ${buildId}`;

/** Those of the values that have these names, sealed; undefined when there are none. */
export function sealBuildSecrets(
  key: Buffer,
  buildId: string,
  values: readonly NameValue[],
  names: readonly string[],
): Buffer | undefined {
  const secret = values.filter(({ name }) => names.includes(name));
  if (secret.length === 0) return undefined;
  const texts = Object.fromEntries(secret.map(({ name, value }) => [name, value]));
  return sealTexts(key, placeOfBuildSecrets(buildId), texts);
}

/** For what an earlier release stored open. */
export function sealOldBuildSecrets(key: Buffer): SealOld {
  return async (tx: Tx, buildId, content) => {
    const texts = JSON.parse(content.toString("utf8")) as Record<string, string>; // as the migration wrote it
    const sealed = sealTexts(key, placeOfBuildSecrets(buildId), texts);
    await tx.insertInto("workspace_build_secrets").values({ build_id: buildId, sealed }).execute();
  };
}
