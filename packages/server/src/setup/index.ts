// setup: what the first start does, so that the next minute is the product's and not the manual's.
export { createSetup, type Setup } from "./create-setup.ts";
export type { OwnerAccount } from "./owner-account.ts";
export { watchPool } from "./warm-pool.ts";
