import type { Clock, Logger } from "@hearth/base";
import type { Db } from "../../ground/database/index.ts";
import { hearChannels, Topics } from "../../ground/live/index.ts";
import type { PubSub } from "../../ground/pubsub/index.ts";
import { listMetadata, type MetadataRow } from "./store.ts";

/** Stands behind a lost word of new values; viewers are told the ages of what they have far more often. */
const pollMs = 30_000;

/** The metadata of agents, by agent: one read a flush, however many look. @see spec/agents.md */
export function metadataTopics(deps: { db: Db; pubsub: PubSub; clock: Clock; log: Logger }): Topics<MetadataRow[]> {
  const { db, pubsub, clock, log } = deps;
  return new Topics<MetadataRow[]>({
    name: "agent-metadata-watch",
    clock,
    log,
    pollMs,
    read: (agentId) => listMetadata(db, agentId),
    hear: (bells) => hearChannels(pubsub, bells, { agent_metadata: (_message, agentId) => bells.ring(agentId) }),
  });
}
