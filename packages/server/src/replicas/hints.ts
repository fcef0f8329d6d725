import type { Clock, Logger } from "@hearth/base";
import type { Channel, Message, PubSub } from "../ground/pubsub/index.ts";
import type { Relay } from "./relay/relay.ts";
import type { Replica } from "./replica.ts";

export interface TellDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly replica: Pick<Replica, "id" | "find">;
  readonly relay: Pick<Relay, "tell">;
}

/** Whoever cannot take a hint by then hears it by NOTIFY, or finds it by a poll. */
const tellMs = 5_000;

/** Hands what another replica tells this one to its subscribers, as if it had been heard by NOTIFY. */
export function serveHints(relay: Pick<Relay, "serve">, pubsub: PubSub): void {
  relay.serve("hint", async ({ channel, key, message }) => {
    pubsub.hear(channel, key, message);
    await Promise.resolve();
  });
}

/**
 * Tells one replica what is announced to all: the one that holds the thing, at once, and also where its listener is broken.
 * Never rejects: the announcement and its poll stand behind.
 */
export async function tellReplica<C extends Channel>(
  { clock, log, replica, relay }: TellDeps,
  replicaId: string,
  hint: { readonly channel: C; readonly key: string; readonly message: Message<C> },
  signal: AbortSignal,
): Promise<void> {
  using deadline = clock.timeout(tellMs, { signal, tag: "replica-hint" });
  try {
    const peer = await replica.find(replicaId);
    if (peer !== undefined) await relay.tell(peer, "hint", hint, { signal: deadline.signal });
  } catch (error) {
    log.debug({ err: error, replicaId, channel: hint.channel }, "a hint did not reach the other server by itself");
  }
}
