import type { Clock, Logger } from "@hearth/base";
import type { Db } from "../../ground/database/index.ts";
import { hearChannels, Topics } from "../../ground/live/index.ts";
import type { PubSub } from "../../ground/pubsub/index.ts";
import { decideReinit } from "./decide-reinit.ts";
import { readReinitFacts, type OwnedReinitFacts } from "./store.ts";

/** Stands behind lost hints: one statement for all agents that wait. */
const pollMs = 60_000;

/** What an agent that waits is answered now, and who owns its workspace. */
export interface ReinitState {
  readonly decision: ReturnType<typeof decideReinit>;
  readonly ownerId: string | undefined;
}

/** Workspaces whose agents wait for a claim. */
export function reinitTopics(deps: { db: Db; pubsub: PubSub; clock: Clock; log: Logger }): Topics<ReinitState> {
  const { db, pubsub, clock, log } = deps;
  return new Topics<ReinitState>({
    name: "reinit",
    clock,
    log,
    pollMs,
    async read(workspaceId) {
      return toState((await readReinitFacts(db, { workspaceIds: [workspaceId] })).get(workspaceId));
    },
    async pollAll(newest) {
      const claimed = await readReinitFacts(db, { workspaceIds: [...newest.keys()], isClaimed: true });
      return [...claimed]
        .filter(([id, facts]) => newest.get(id)?.decision !== toState(facts).decision)
        .map(([workspaceId]) => workspaceId);
    },
    hear: (bells) =>
      hearChannels(pubsub, bells, { prebuild_claimed: (_message, workspaceId) => bells.ring(workspaceId) }),
  });
}

function toState(facts: OwnedReinitFacts | undefined): ReinitState {
  return { decision: facts === undefined ? "refuse" : decideReinit(facts), ownerId: facts?.ownerId };
}
