import type { Clock, Logger } from "@hearth/base";
import type { Db } from "../../ground/database/index.ts";
import type { Topics } from "../../ground/live/index.ts";
import type { PubSub } from "../../ground/pubsub/index.ts";
import type { Relay, Replica } from "../../replicas/index.ts";
import type { ReachTopics } from "../dial/reach-topics.ts";
import type { AgentLogTopics } from "../logs/follow.ts";
import type { MetadataRow } from "../metadata/store.ts";
import type { ReinitState } from "../reinit/topics.ts";
import type { AgentSessions } from "../sessions/sessions.ts";

export interface AgentRoutesDeps {
  readonly db: Db;
  readonly pubsub: PubSub;
  readonly clock: Clock;
  readonly log: Logger;
  readonly sessions: AgentSessions;
  readonly replica: Pick<Replica, "id" | "find">;
  readonly relay: Pick<Relay, "open">;
  readonly reached: ReachTopics;
  readonly reinits: Topics<ReinitState>;
  readonly logs: AgentLogTopics;
  readonly metadata: Topics<MetadataRow[]>;
  /** Seals the owners' git SSH keys. */
  readonly sealKey: Buffer;
}
