import type { Clock, Logger } from "@hearth/base";
import type { PubSub } from "../../ground/pubsub/index.ts";
import { WatchRoom, type Seat } from "./watch-room.ts";

export interface WatchHubDeps<R> {
  readonly pubsub: PubSub;
  readonly clock: Clock;
  readonly log: Logger;
  /** One read for all watchers of a workspace. */
  readonly read: (workspaceId: string) => Promise<R>;
  /** The template of a render: promoting a version makes its workspaces outdated. */
  readonly templateOf: (render: R) => string | undefined;
}

/**
 * Everything that is watched in this replica. One subscription hears the events of all owners, so a workspace that
 * changes hands keeps its watchers; an event costs a look-up where nobody watches.
 */
export class WatchHub<R> {
  readonly #deps: WatchHubDeps<R>;
  readonly #rooms = new Map<string, WatchRoom<R>>();
  #subscriptions: Disposable[] = [];

  constructor(deps: WatchHubDeps<R>) {
    this.#deps = deps;
  }

  get roomCount(): number {
    return this.#rooms.size;
  }

  /** A place at the workspace: subscribed when this returns. Dispose it to leave. */
  join(workspaceId: string): { readonly seat: Seat<R> } & Disposable {
    if (this.#rooms.size === 0) this.#subscribe();
    const room = this.#rooms.get(workspaceId) ?? new WatchRoom(this.#deps, () => this.#deps.read(workspaceId));
    this.#rooms.set(workspaceId, room);
    const seat = room.join();
    return {
      seat,
      [Symbol.dispose]: () => {
        room.leave(seat);
        if (!room.isEmpty || this.#rooms.get(workspaceId) !== room) return;
        room.close();
        this.#rooms.delete(workspaceId);
        if (this.#rooms.size === 0) this.#unsubscribe();
      },
    };
  }

  #subscribe(): void {
    const { pubsub, templateOf } = this.#deps;
    const ringAll = () => {
      for (const room of this.#rooms.values()) room.ring();
    };
    this.#subscriptions = [
      pubsub.subscribe("workspace_owner", "*", {
        onMessage: (event) => this.#rooms.get(event.workspace_id)?.ring(),
        onDropped: ringAll,
      }),
      pubsub.subscribe("template", "*", {
        onMessage: (_message, templateId) => {
          for (const room of this.#rooms.values()) {
            if (room.newest !== undefined && templateOf(room.newest) === templateId) room.ring();
          }
        },
        onDropped: () => undefined, // messages of all channels are lost together: the other subscription rings
      }),
    ];
  }

  #unsubscribe(): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    this.#subscriptions = [];
  }
}
