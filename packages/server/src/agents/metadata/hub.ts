import type { Db } from "../../ground/database/index.ts";
import type { PubSub } from "../../ground/pubsub/index.ts";
import { listMetadata, type MetadataRow } from "./store.ts";

interface Entry {
  viewers: number;
  /** Counts what was heard: who has seen this number has seen all. */
  version: number;
  read: { version: number; rows: Promise<MetadataRow[]> } | undefined;
  subscription: Disposable;
}

/** What one viewer of an agent's metadata uses. */
export interface MetadataView extends Disposable {
  /** Grows whenever values were stored. */
  readonly version: () => number;
  /** The values, as of `version` or later. */
  read(): Promise<MetadataRow[]>;
}

/**
 * Shares reads among the viewers of an agent in this replica: one a flush, however many look. A message wakes the
 * viewers of its agent only. @see spec/agents.md
 */
export class MetadataHub {
  readonly #db: Db;
  readonly #pubsub: PubSub;
  readonly #entries = new Map<string, Entry>();

  constructor(deps: { db: Db; pubsub: PubSub }) {
    this.#db = deps.db;
    this.#pubsub = deps.pubsub;
  }

  view(agentId: string): MetadataView {
    const entry = this.#entries.get(agentId) ?? this.#open(agentId);
    entry.viewers++;
    let isOpen = true;
    return {
      version: () => entry.version,
      read: async () => await this.#read(agentId, entry),
      [Symbol.dispose]: () => {
        if (!isOpen) return;
        isOpen = false;
        if (--entry.viewers > 0) return;
        entry.subscription[Symbol.dispose]();
        this.#entries.delete(agentId);
      },
    };
  }

  #open(agentId: string): Entry {
    const changed = () => void entry.version++;
    const entry: Entry = {
      viewers: 0,
      version: 0,
      read: undefined,
      subscription: this.#pubsub.subscribe("agent_metadata", agentId, { onMessage: changed, onDropped: changed }),
    };
    this.#entries.set(agentId, entry);
    return entry;
  }

  async #read(agentId: string, entry: Entry): Promise<MetadataRow[]> {
    if (entry.read?.version !== entry.version) {
      const read = { version: entry.version, rows: listMetadata(this.#db, agentId) };
      entry.read = read;
      // A failed read is not shared with whoever comes later.
      read.rows.catch(() => {
        if (entry.read === read) entry.read = undefined;
      });
    }
    return await entry.read.rows;
  }
}
