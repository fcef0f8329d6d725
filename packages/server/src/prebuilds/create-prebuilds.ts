import type { Capability } from "../ground/lifecycle/index.ts";
import type { ClaimPrebuild } from "../workspaces/index.ts";
import { claimPrebuild } from "./claim.ts";
import { prebuildRoutes } from "./routes.ts";
import { runPools, type PrebuildsDeps } from "./run-pools.ts";

export interface Prebuilds extends Capability {
  /** How new workspaces are served from pools. */
  readonly claim: ClaimPrebuild;
}

/** Warm workspaces: makes, recycles and gives them away. */
export function createPrebuilds(deps: PrebuildsDeps): Prebuilds {
  const { database, config: rules } = deps;
  return {
    name: "prebuilds",
    claim: claimPrebuild,
    routes: prebuildRoutes({ ...deps, db: database.db, rules }),
    loops: [{ name: "prebuilds", run: (signal) => runPools(deps, signal) }],
  };
}
