import type { Clock, Logger } from "@hearth/base";
import type { Db } from "../../ground/database/index.ts";
import { hearChannels, Topics } from "../../ground/live/index.ts";
import type { PubSub } from "../../ground/pubsub/index.ts";
import { findAgent, type FoundAgent } from "../resources/found-agent.ts";

/** Stands behind lost hints, for whoever waits for an agent. */
const pollMs = 10_000;

/** Workspaces in which somebody waits for an agent, by workspace; a place is an agent. Undefined: it is gone. */
export type ReachTopics = Topics<FoundAgent | undefined, string>;

export function reachTopics(deps: { db: Db; pubsub: PubSub; clock: Clock; log: Logger }): ReachTopics {
  const { db, pubsub, clock, log } = deps;
  return new Topics<FoundAgent | undefined, string>({
    name: "reach-agent",
    clock,
    log,
    pollMs,
    read: async (_workspaceId, agentId) => await findAgent(db, agentId),
    hear: (bells) =>
      hearChannels(pubsub, bells, {
        workspace_owner: (event) => bells.ring(event.workspace_id),
        prebuild_claimed: (_message, workspaceId) => bells.ring(workspaceId),
      }),
  });
}
