// setup: what the first start does, so that the next minute is the product's and not the manual's.
export { ensureOwner, type OwnerAccount } from "./owner-account.ts";
export { watchPool } from "./warm-pool.ts";
export { ensureStarterTemplate } from "./starter-template.ts";
