import { compatibilityVersion } from "@hearth/sdk";

/** Ours; the part before the plus is what clients of the reference gate on. */
export const hearthVersion = "0.1.0";

/** `v2.34.0+hearth.0.1.0` */
export const buildVersion = `${compatibilityVersion}+hearth.${hearthVersion}`;
