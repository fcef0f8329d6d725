import { Batcher, type Clock, type Logger } from "@hearth/base";
import type { Db } from "../../ground/database/index.ts";
import type { PubSub } from "../../ground/pubsub/index.ts";
import { storeMetadata, type CollectedValue } from "./store.ts";

/** @see spec/agents.md §7.1 */
const maxItems = 500;
const flushEveryMs = 5_000;
const capacity = 5 * maxItems;

/**
 * Gathers the values of all agents of this replica: the newest of each key is written, and their viewers told.
 *
 * A flush that fails is given up, for the next collection brings the values again; what comes while the queue is full is
 * dropped and counted.
 */
export class MetadataBatcher implements AsyncDisposable {
  readonly #batcher: Batcher<CollectedValue>;
  readonly #log: Logger;
  /** When the value of each waiting key was collected. */
  readonly #waiting = new Map<string, number>();
  #dropped = 0;
  #droppedSinceFlush = 0;

  constructor({ db, pubsub, clock, log }: { db: Db; pubsub: PubSub; clock: Clock; log: Logger }) {
    this.#log = log;
    this.#batcher = new Batcher<CollectedValue>(
      { name: "agent-metadata", maxItems, maxWaitMs: flushEveryMs, capacity, key: keyOf, clock, log },
      async (values) => {
        for (const value of values) this.#waiting.delete(keyOf(value));
        this.#logDropped();
        try {
          for (const agentId of await storeMetadata(db, values)) pubsub.publish("agent_metadata", agentId, {});
        } catch (error) {
          this.#dropped += values.length;
          log.warn({ err: error, values: values.length }, "metadata not stored");
        }
      },
    );
  }

  /** How many values were dropped, for want of room or because writing them failed. */
  get dropped(): number {
    return this.#dropped;
  }

  add(value: CollectedValue): void {
    const key = keyOf(value);
    if ((this.#waiting.get(key) ?? 0) > value.collectedAtMs) return; // a newer one waits
    if (this.#batcher.add(value)) {
      this.#waiting.set(key, value.collectedAtMs);
      return;
    }
    this.#dropped++;
    this.#droppedSinceFlush++;
  }

  async flush(): Promise<void> {
    await this.#batcher.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#batcher[Symbol.asyncDispose]();
  }

  /** Once a flush, not once a value. */
  #logDropped(): void {
    if (this.#droppedSinceFlush > 0)
      this.#log.warn({ values: this.#droppedSinceFlush }, "metadata dropped, too much waits");
    this.#droppedSinceFlush = 0;
  }
}

function keyOf({ granted, key }: Pick<CollectedValue, "granted" | "key">): string {
  return `${granted.object.agentId}/${key}`;
}
