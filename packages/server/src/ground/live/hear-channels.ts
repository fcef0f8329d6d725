import type { Channel, Message, PubSub } from "../pubsub/index.ts";
import type { Bells } from "./topics.ts";

/** What to do about a message of each channel, by the channel. */
export type Heard = { readonly [C in Channel]?: (message: Message<C>, key: string) => void };

/**
 * Listens to all of these channels for a kind of topic; when messages are lost, every topic rings. For `hear` of
 * `TopicsOptions`.
 */
export function hearChannels(pubsub: PubSub, bells: Pick<Bells<never>, "ringAll">, heard: Heard): Disposable {
  const hearing = new DisposableStack();
  for (const channel of Object.keys(heard) as Channel[]) hearing.use(hearOne(pubsub, bells, heard, channel));
  return hearing;
}

function hearOne<C extends Channel>(
  pubsub: PubSub,
  bells: Pick<Bells<never>, "ringAll">,
  heard: Heard,
  channel: C,
): Disposable {
  // Messages of all channels are lost together: one subscription rings.
  const isFirst = channel === Object.keys(heard)[0];
  return pubsub.subscribe(channel, "*", {
    onMessage: (message, key) => heard[channel]?.(message, key),
    onDropped: () => isFirst && bells.ringAll(),
  });
}
