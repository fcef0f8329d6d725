import type { Channel, Message } from "./channels.ts";

/** Who published a message: this replica, or another. */
export type Origin = "here" | "elsewhere";

export interface Subscriber<C extends Channel> {
  /** Must return at once: whatever takes time wakes a loop of its own. */
  onMessage(message: Message<C>, key: string, from: Origin): void;
  /** Messages may have been lost: read everything again. */
  onDropped(): void;
}

/**
 * Announces that something changed, and hears it. Delivery is at most once and unordered across channels; every consumer
 * must be right, only slower, with no message at all.
 */
export interface PubSub extends AsyncDisposable {
  /** Subscribers in this replica hear it before this returns; other replicas a few milliseconds later. Never throws. */
  publish<C extends Channel>(channel: C, key: string, message: Message<C>): void;
  /** Hands a message that another replica published, and told this one by itself, to the subscribers of this one. Never throws. */
  hear(channel: string, key: string, message: unknown): void;
  /** `key` `"*"` hears every key. Dispose to stop hearing. */
  subscribe<C extends Channel>(channel: C, key: string, subscriber: Subscriber<C>): Disposable;
}
