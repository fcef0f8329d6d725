import type { Clock, Logger } from "@hearth/base";
import { ChatWatchEventKind } from "@hearth/sdk";
import { followHints, HeardSince, Topics, type HintPlace, type Hints } from "../ground/live/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";

/** Stands behind lost hints. */
const pollMs = 60_000;
/** More different ones than this since a watcher last took some: it is told of every chat that changed. */
const mostKept = 500;

/** What happened to a chat. */
export interface ChatHint {
  readonly kind: ChatWatchEventKind;
  readonly chatId: string;
}

/** Hints of one owner's chats; dispose it to stop. Subscribed when it is made. */
export interface ChatHints extends Disposable {
  /** In batches, until the signal aborts. `missed`: look at every chat that changed. */
  batches(signal: AbortSignal): AsyncGenerator<readonly ChatHint[] | "missed", void, undefined>;
}

/** What happens to chats, by their owner: the last hints are kept, and no values. */
export class ChatFeed {
  readonly #heard = new Map<string, { readonly hints: HeardSince; watchers: number }>();
  readonly #topics: Topics<Hints, number>;

  constructor({ pubsub, clock, log }: { readonly pubsub: PubSub; readonly clock: Clock; readonly log: Logger }) {
    this.#topics = new Topics<Hints, number>({
      name: "chat-watch",
      clock,
      log,
      pollMs,
      read: (ownerId, after) => {
        const hints = this.#heard.get(ownerId)?.hints;
        return Promise.resolve({ mark: hints?.mark() ?? after, heard: hints?.since(after) });
      },
      hear: (bells) =>
        pubsub.subscribe("chat_watch", "*", {
          onMessage: ({ kind, chat_id: chatId }, ownerId) => {
            this.#heard.get(ownerId)?.hints.note(`${kind} ${chatId}`);
            bells.ring(ownerId);
          },
          onDropped: () => {
            for (const { hints } of this.#heard.values()) hints.noteAll();
            bells.ringAll();
          },
        }),
    });
  }

  follow(ownerId: string): ChatHints {
    const seat = this.#topics.join(ownerId);
    const owner = this.#heard.get(ownerId) ?? { hints: new HeardSince(mostKept), watchers: 0 };
    this.#heard.set(ownerId, owner);
    owner.watchers++;
    const place: HintPlace = { seat, version: seat.version, mark: owner.hints.mark() };
    return {
      async *batches(signal) {
        for await (const batch of followHints(place, signal)) {
          yield batch === "missed" ? batch : batch.map(readHint);
        }
      },
      [Symbol.dispose]: () => {
        seat[Symbol.dispose]();
        if (--owner.watchers === 0) this.#heard.delete(ownerId);
      },
    };
  }
}

function readHint(text: string): ChatHint {
  const [kind, chatId = ""] = text.split(" ");
  return { kind: ChatWatchEventKind.parse(kind), chatId };
}
