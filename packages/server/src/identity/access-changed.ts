import type { PubSub } from "../ground/pubsub/index.ts";

/** Tells what a user holds open, after the commit, that its sessions ended or that it may do other things than before. */
export function announceAccessChanged(pubsub: PubSub, userId: string): void {
  pubsub.publish("user_access", userId, {});
}
