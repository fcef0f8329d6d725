import type { Logger } from "@hearth/base";
import { channels, type Channel, type Message } from "./channels.ts";
import type { Origin, Subscriber } from "./pubsub.ts";

type AnySubscriber = Subscriber<Channel>;

/** Who listens to what inside this replica: a look-up by channel and key, so that a message costs its listeners only. */
export class Subscriptions {
  readonly #byTopic = new Map<string, Set<AnySubscriber>>();
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  add<C extends Channel>(channel: C, key: string, subscriber: Subscriber<C>): Disposable {
    const topic = topicOf(channel, key);
    const set = this.#byTopic.get(topic) ?? new Set();
    this.#byTopic.set(topic, set);
    // Only messages of this channel reach it, because topics begin with the channel.
    const entry = subscriber as unknown as AnySubscriber;
    set.add(entry);
    return {
      [Symbol.dispose]: () => {
        set.delete(entry);
        if (set.size === 0 && this.#byTopic.get(topic) === set) this.#byTopic.delete(topic);
      },
    };
  }

  deliver<C extends Channel>(channel: C, key: string, message: Message<C>, from: Origin): void {
    for (const topic of [topicOf(channel, key), topicOf(channel, "*")]) {
      for (const subscriber of this.#byTopic.get(topic) ?? []) {
        this.#guard(channel, () => subscriber.onMessage(message, key, from));
      }
    }
  }

  /** The same for a message from elsewhere: an unknown channel or a malformed message is logged and left out. */
  deliverUnchecked(channel: string, key: string, message: unknown): void {
    if (!(channel in channels)) {
      this.#log.debug({ channel }, "message on a channel this version does not know");
      return;
    }
    const known = channel as Channel; // checked just before
    const parsed = channels[known].safeParse(message);
    if (parsed.success) this.deliver(known, key, parsed.data, "elsewhere");
    else this.#log.warn({ channel, key }, "malformed message left out");
  }

  /** Tells everyone that messages may be missing. */
  dropped(): void {
    for (const set of this.#byTopic.values()) {
      for (const subscriber of set) this.#guard("dropped", () => subscriber.onDropped());
    }
  }

  #guard(channel: string, run: () => void) {
    try {
      run();
    } catch (error) {
      this.#log.error({ err: error, channel }, "subscriber failed");
    }
  }
}

function topicOf(channel: Channel, key: string): string {
  return `${channel}:${key}`;
}
