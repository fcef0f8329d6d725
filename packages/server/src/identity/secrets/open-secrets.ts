import type { Logger } from "@hearth/base";
import type { Granted } from "../../access/index.ts";
import { SealError, unsealBytes } from "../sealed.ts";

/** What the value of a secret is sealed as. */
export const placeOfSecret = (secretId: string) => `value of user secret ${secretId}`;

/** As JSON has it. */
export interface SealedSecret {
  readonly id: string;
  readonly env_name: string;
  readonly file_path: string;
  /** base64 */
  readonly sealed: string;
}

export interface OpenedSecret {
  readonly envName: string;
  readonly filePath: string;
  readonly value: Buffer;
}

/**
 * Values of the user whose secrets may be read, for what runs in its workspaces. One whose row was changed is left out and
 * told of in the log: a workspace without it is better than none.
 */
export function openSecrets(
  _granted: Granted<"user_secret:read", { readonly ownerId: string }>,
  sealKey: Buffer,
  secrets: readonly SealedSecret[],
  log: Logger,
): OpenedSecret[] {
  return secrets.flatMap(({ id, env_name: envName, file_path: filePath, sealed }) => {
    try {
      const value = unsealBytes(sealKey, Buffer.from(sealed, "base64"), placeOfSecret(id));
      return [{ envName, filePath, value }];
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      log.error({ err: error, secretId: id }, "a user's secret cannot be opened, and is left out");
      return [];
    }
  });
}
