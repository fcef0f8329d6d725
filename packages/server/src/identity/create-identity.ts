import type { Logger } from "@hearth/base";
import type { AgentActor } from "../access/index.ts";
import type { Capability } from "../ground/lifecycle/index.ts";
import type { AccessFacts, WantedFacts } from "../ground/live/index.ts";
import { readAccessFacts } from "./access-facts.ts";
import { createAuthenticate } from "./authenticate.ts";
import { identityRoutes } from "./routes/index.ts";
import type { IdentityDeps } from "./routes/deps.ts";

export interface Identity extends Capability {
  /** The hook that lets requests in. */
  readonly authenticate: ReturnType<typeof createAuthenticate>;
  /** What decides, now, about what is held open. */
  readonly readAccessFacts: (wanted: WantedFacts) => Promise<AccessFacts>;
}

/** Who there is, and who is let in. */
export function createIdentity(
  deps: IdentityDeps & {
    readonly log: Logger;
    /** Whose token it is. @throws ApiError `agent_not_authorized` */
    readonly authenticateAgent: (token: string) => Promise<AgentActor>;
  },
): Identity {
  const { db, clock } = deps;
  return {
    name: "identity",
    routes: identityRoutes(deps),
    authenticate: createAuthenticate(deps),
    readAccessFacts: (wanted) => readAccessFacts(db, wanted, clock.now()),
  };
}
