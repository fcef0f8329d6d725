import type { Clock } from "@hearth/base";
import type { ChatPart } from "../../ground/database/index.ts";
import type { ChatLimits } from "../limits.ts";

/** One attempt at what comes after one state of the history. */
export interface EpisodeKey {
  readonly chatId: string;
  readonly historyVersion: number;
  readonly attempt: number;
}

/** A piece of what is being said. */
export interface EpisodePart {
  /** From 1, without gaps. */
  readonly seq: number;
  readonly role: "assistant" | "tool";
  readonly part: ChatPart;
}

/**
 * What is said in one attempt, piece by piece: kept until its end is a while ago, so that whoever comes late hears all of
 * it. What goes beyond the room for it is dropped: the message that is stored in the end has it. @see spec/chat.md §18.3
 */
export class Episode {
  readonly key: EpisodeKey;
  readonly parts: EpisodePart[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #maxBytes: number;
  #bytes = 0;
  #isClosed = false;

  constructor(key: EpisodeKey, maxBytes: number) {
    this.key = key;
    this.#maxBytes = maxBytes;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Says a piece; nothing where it is closed or full. */
  push(role: EpisodePart["role"], part: ChatPart): void {
    if (this.#isClosed) return;
    const bytes = Buffer.byteLength(JSON.stringify(part));
    if (this.#bytes + bytes > this.#maxBytes) {
      // What comes later is not said either: pieces have no gaps.
      this.#bytes = this.#maxBytes;
      return;
    }
    this.#bytes += bytes;
    this.parts.push({ seq: this.parts.length + 1, role, part });
    for (const listener of this.#listeners) listener();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const listener of this.#listeners) listener();
  }

  /** Calls back whenever there is more, or it is closed. */
  listen(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }
}

/** The episodes of this replica's chats. */
export class Episodes {
  readonly #clock: Clock;
  readonly #limits: Pick<ChatLimits, "episodeBytes" | "episodeKeptMs">;
  readonly #byKey = new Map<string, Episode>();
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #signal: AbortSignal;

  constructor(clock: Clock, limits: Pick<ChatLimits, "episodeBytes" | "episodeKeptMs">, signal: AbortSignal) {
    this.#clock = clock;
    this.#limits = limits;
    this.#signal = signal;
  }

  /** Begins one; an older one of the same attempt, of another activation, is over. */
  open(key: EpisodeKey): Episode {
    const text = textOf(key);
    this.#byKey.get(text)?.close();
    const episode = new Episode(key, this.#limits.episodeBytes);
    this.#byKey.set(text, episode);
    for (const tell of this.#waiting.get(key.chatId) ?? []) tell();
    return episode;
  }

  find(key: EpisodeKey): Episode | undefined {
    return this.#byKey.get(textOf(key));
  }

  /** Ends one; it is kept for those who still want its pieces. */
  close(episode: Episode): void {
    episode.close();
    void this.#forgetLater(episode); // never rejects
  }

  /** Calls back whenever an episode of the chat begins. */
  onOpen(chatId: string, listener: () => void): Disposable {
    const listeners = this.#waiting.get(chatId) ?? new Set();
    this.#waiting.set(chatId, listeners);
    listeners.add(listener);
    return {
      [Symbol.dispose]: () => {
        listeners.delete(listener);
        if (listeners.size === 0) this.#waiting.delete(chatId);
      },
    };
  }

  async #forgetLater(episode: Episode): Promise<void> {
    do {
      try {
        await this.#clock.sleep(this.#limits.episodeKeptMs, { signal: this.#signal, tag: "chat-episode" });
      } catch {
        break; // the server stops
      }
    } while (episode.listeners > 0);
    const text = textOf(episode.key);
    if (this.#byKey.get(text) === episode) this.#byKey.delete(text);
  }
}

function textOf({ chatId, historyVersion, attempt }: EpisodeKey): string {
  return `${chatId} ${historyVersion} ${attempt}`;
}

/** What was said as it is stored: pieces of a text joined, and of calls those that were whole. Pure. @see spec/chat.md §4.3 [P] */
export function joinParts(parts: readonly ChatPart[]): ChatPart[] {
  const joined: ChatPart[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if ((part.type === "text" || part.type === "reasoning") && last?.type === part.type) {
      joined[joined.length - 1] = { ...last, text: last.text + part.text };
    } else if (!(part.type === "tool-call" && part.args_delta !== undefined)) {
      joined.push(part);
    }
  }
  return joined.filter((part) => !(part.type === "text" && part.text === ""));
}
