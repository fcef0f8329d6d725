// prebuilds: pools of warm workspaces, a pool a preset. Owns the reconciler, its settings and the claim statement.
// Promises: a claim never waits and never gives one workspace twice; every cycle is right by itself, whatever was missed;
// what failed is kept for the operator. Listens to prebuilds_wake. Builds are queued through workspaces.
export { createPrebuilds } from "./create-prebuilds.ts";
export { countWarm } from "./count-warm.ts";
