// pubsub: hints that something changed. Owns the channels and their message schemas. Promises: local subscribers hear at
// once, others within milliseconds, nobody for certain; a broken listener tells its subscribers to read again.
export { type Channel, type Message, type WorkspaceEvent } from "./channels.ts";
export type { PubSub } from "./pubsub.ts";
export { MemoryPubSub } from "./memory-pubsub.ts";
export { PostgresPubSub } from "./postgres-pubsub.ts";
