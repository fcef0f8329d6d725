import type { Logger } from "@hearth/base";
import type { Channel, Message } from "./channels.ts";
import type { PubSub, Subscriber } from "./pubsub.ts";
import { Subscriptions } from "./subscriptions.ts";

/** The twin of {@link PostgresPubSub} for one process: same promises, no database. */
export class MemoryPubSub implements PubSub {
  readonly #subscriptions: Subscriptions;

  constructor(log: Logger) {
    this.#subscriptions = new Subscriptions(log);
  }

  publish<C extends Channel>(channel: C, key: string, message: Message<C>): void {
    this.#subscriptions.deliver(channel, key, message, "here");
  }

  hear(channel: string, key: string, message: unknown): void {
    this.#subscriptions.deliverUnchecked(channel, key, message);
  }

  subscribe<C extends Channel>(channel: C, key: string, subscriber: Subscriber<C>): Disposable {
    return this.#subscriptions.add(channel, key, subscriber);
  }

  /** Tells every subscriber that messages were lost, as a broken connection would. */
  drop(): void {
    this.#subscriptions.dropped();
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
