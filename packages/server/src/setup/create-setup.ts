import type { Clock, Logger } from "@hearth/base";
import { systemContext } from "../access/index.ts";
import type { Config } from "../config/index.ts";
import type { Database } from "../ground/database/index.ts";
import type { Capability } from "../ground/lifecycle/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { ensureOwner, type OwnerAccount } from "./owner-account.ts";
import { ensureStarterTemplate, type Waiting } from "./starter-template.ts";

export interface SetupDeps {
  readonly database: Database;
  readonly pubsub: PubSub;
  readonly clock: Clock;
  readonly log: Logger;
  readonly config: Pick<Config, "dataDir" | "firstUser">;
}

export interface Setup extends Capability {
  /** @see ensureOwner */
  ensureOwner(signal: AbortSignal): Promise<OwnerAccount>;
  /** @see ensureStarterTemplate */
  ensureStarterTemplate(ownerId: string, waiting: Waiting): Promise<boolean>;
}

/** What the first start does; each step is called by whoever starts, when it is its turn. */
export function createSetup(deps: SetupDeps): Setup {
  const { database, clock, log, config } = deps;
  return {
    name: "setup",
    ensureOwner: (signal) => ensureOwner(systemContext("setup", log, signal), database.db, config, clock.now()),
    ensureStarterTemplate: (ownerId, waiting) => ensureStarterTemplate(database, deps, ownerId, waiting),
  };
}
