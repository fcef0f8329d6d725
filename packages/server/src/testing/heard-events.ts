import type { PubSub, WorkspaceEvent } from "../ground/pubsub/index.ts";

/** What was announced, with whose channel it went over. */
export interface HeardEvent extends WorkspaceEvent {
  readonly ownerId: string;
}

/** The events of all workspaces, as they are announced. */
export class HeardEvents {
  readonly all: HeardEvent[] = [];
  readonly #ignored = new Set<string>();
  readonly #waiters = new Set<() => void>();

  constructor(pubsub: PubSub) {
    pubsub.subscribe("workspace_owner", "*", {
      onMessage: (event, ownerId) => this.#hear({ ...event, ownerId }),
      onDropped: () => undefined,
    });
  }

  /** Waits until as many events of the kind were announced, in all. */
  async heard(kind: WorkspaceEvent["kind"], count = 1): Promise<HeardEvent[]> {
    const matching = () => this.all.filter((event) => event.kind === kind);
    while (matching().length < count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiters.add(resolve);
      await promise;
    }
    return matching();
  }

  /** What is still to come of the workspace is nobody's business any more: a test that has ended leaves nothing to the next. */
  ignore(workspaceId: string): void {
    this.#ignored.add(workspaceId);
  }

  #hear(event: HeardEvent): void {
    if (this.#ignored.has(event.workspace_id)) return;
    this.all.push(event);
    for (const waiter of this.#waiters) waiter();
    this.#waiters.clear();
  }
}
