import { decideInterrupted } from "../../machine/index.ts";
import type { ChatWork, WorkDeps } from "../chat-work.ts";
import { joinParts } from "../episodes.ts";

/**
 * Stores what was said until it was stopped, as far as it was said here, and goes on with what waits.
 * @see spec/chat.md §6.5
 */
export async function finishInterruption({ episodes }: WorkDeps, work: ChatWork): Promise<void> {
  const { id: chatId, history_version: historyVersion, generation_attempt: attempt } = work.record;
  const episode = episodes.find({ chatId, historyVersion, attempt });
  if (episode !== undefined) episodes.close(episode);
  const parts = episode?.parts.filter(({ role }) => role === "assistant").map(({ part }) => part) ?? [];
  await work.transition((chat) => decideInterrupted(chat, joinParts(parts)), { watch: "status_change" });
}
