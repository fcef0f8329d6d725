import type { Capability } from "../ground/lifecycle/index.ts";
import type { ClaimPrebuild, ClaimStatement } from "../workspaces/index.ts";
import { claimAtOnce, claimPrebuild } from "./claim.ts";
import { prebuildRoutes } from "./routes.ts";
import { runPools, type PrebuildsDeps } from "./run-pools.ts";

export interface Prebuilds extends Capability {
  /** How new workspaces are served from pools. */
  readonly claim: ClaimPrebuild;
  /** The same where nothing is left to do for a worker. */
  readonly claimAtOnce: ClaimStatement;
}

/** Warm workspaces: makes, recycles and gives them away. */
export function createPrebuilds(deps: PrebuildsDeps): Prebuilds {
  const { database, config: rules } = deps;
  return {
    name: "prebuilds",
    claim: claimPrebuild,
    claimAtOnce,
    routes: prebuildRoutes({ ...deps, db: database.db, rules }),
    loops: [{ name: "prebuilds", run: (signal) => runPools(deps, signal) }],
  };
}
