import type { Clock } from "@hearth/base";
import type { Db } from "../ground/database/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";

export interface AiDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly pubsub: PubSub;
  readonly sealKey: Buffer;
}
