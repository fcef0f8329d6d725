import type { Clock } from "@hearth/base";
import type { Db } from "../../ground/database/index.ts";
import type { PubSub } from "../../ground/pubsub/index.ts";

export interface IdentityDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly pubsub: PubSub;
  /** Seals what must be read again, such as private keys. */
  readonly sealKey: Buffer;
  /** Whether browsers reach us by https: then cookies are theirs alone. */
  readonly secureCookies: () => boolean;
}
