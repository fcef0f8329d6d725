import { seal, unseal } from "../../identity/index.ts";

/** What a key is sealed as: moved to another row it does not open. */
const places = {
  central: (keyId: string) => `AI provider key ${keyId}`,
  user: ({ userId, providerId }: UserKeyPlace) => `key of user ${userId} for AI provider ${providerId}`,
};

export interface UserKeyPlace {
  readonly userId: string;
  readonly providerId: string;
}

export const sealCentralKey = (sealKey: Buffer, keyId: string, apiKey: string): Buffer =>
  seal(sealKey, apiKey, places.central(keyId));

export const sealUserKey = (sealKey: Buffer, place: UserKeyPlace, apiKey: string): Buffer =>
  seal(sealKey, apiKey, places.user(place));

/** @throws SealError */
export const openCentralKey = (sealKey: Buffer, keyId: string, sealed: Buffer): string =>
  unseal(sealKey, sealed, places.central(keyId));

/** @throws SealError */
export const openUserKey = (sealKey: Buffer, place: UserKeyPlace, sealed: Buffer): string =>
  unseal(sealKey, sealed, places.user(place));
