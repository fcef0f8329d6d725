import { Scope } from "@hearth/base";
import type * as api from "@hearth/sdk";
import type { Seat } from "../../ground/live/index.ts";
import { toApiPart } from "../messages/wire.ts";
import type { Episode, Episodes } from "../worker/episodes.ts";
import { decideFrame, type StreamState } from "./decide-frame.ts";
import type { StreamPlace, StreamView } from "./view.ts";

export interface Follow {
  readonly chatId: string;
  readonly afterId: number;
  readonly seat: Seat<StreamView | undefined, StreamPlace>;
  readonly episodes: Episodes;
  readonly signal: AbortSignal;
  /** Resolves when the frame has left. */
  readonly send: (events: readonly api.ChatStreamEvent[]) => Promise<void>;
}

/**
 * Tells a client of a chat until it leaves, or the chat is gone: what is committed by reading it, what is being said by
 * the episode that goes with it. Nothing is kept for a client that reads slowly. @see spec/chat.md §18.2
 */
export async function followChat({ chatId, afterId, seat, episodes, signal, send }: Follow): Promise<void> {
  let told: StreamState | undefined;
  let seen = -1;
  let heardParts = 0;
  for (;;) {
    if (seat.version > seen) {
      const place: StreamPlace = { revision: told?.historyVersion, afterId };
      const at = seat.version;
      const reading = await seat.read(place).catch(() => undefined); // logged by the topic
      seen = reading?.version ?? at;
      if (reading === undefined) {
        // What comes next, or the poll, reads again.
        if ((await seat.news(seen, signal)) === "left") return;
        continue;
      }
      const view = reading.value;
      if (view === undefined || signal.aborted) return;
      if (told === undefined || view.snapshot_version > told.snapshotVersion) {
        const { events, state } = decideFrame(told, view);
        if (state.historyVersion !== told?.historyVersion || state.attempt !== told.attempt) heardParts = 0;
        told = state;
        if (events.length > 0) await send(events);
      }
    }
    if (signal.aborted || told === undefined) return;
    const key = { chatId, historyVersion: told.historyVersion, attempt: told.attempt };
    using round = new Scope(signal);
    using _opened = episodes.onOpen(chatId, () => round.end());
    const episode = episodes.find(key);
    using _more = episode?.listen(() => round.end());
    const parts = episode?.parts.slice(heardParts) ?? [];
    if (parts.length > 0) {
      heardParts += parts.length;
      await send(parts.map((part) => toEvent(chatId, key, part)));
    } else if ((await seat.news(seen, round.signal)) === "left" && signal.aborted) return;
  }
}

function toEvent(
  chat_id: string,
  { historyVersion, attempt }: Episode["key"],
  { seq, role, part }: Episode["parts"][number],
): api.ChatStreamEvent {
  return {
    type: "message_part",
    chat_id,
    message_part: {
      role,
      part: toApiPart(part),
      history_version: historyVersion,
      generation_attempt: attempt,
      seq,
    },
  };
}
