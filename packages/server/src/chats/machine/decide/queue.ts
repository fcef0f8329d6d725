import { refusedByTable, type ChatSnapshot, type Decision } from "../changes.ts";
import { intoHistory } from "./promote.ts";

/** Takes back what waits. Pure. */
export function decideDeleteQueued(chat: ChatSnapshot, id: number): Decision {
  const refused = refusedByTable(chat, "DeleteQueuedMessage");
  if (refused !== undefined) return refused;
  return chat.queue.some((message) => message.id === id) ? { dequeue: [id] } : { refused: "unknown_queued" };
}

/**
 * Lets what waits go first: at once where nothing is said, after what was said is stored where something is. Pure.
 * @see spec/chat.md §4.3, PromoteQueued
 */
export function decidePromoteQueued(chat: ChatSnapshot, id: number): Decision {
  const refused = refusedByTable(chat, "PromoteQueuedMessage");
  if (refused !== undefined) return refused;
  const message = chat.queue.find((each) => each.id === id);
  if (message === undefined) return { refused: "unknown_queued" };
  if (chat.status === "error" || chat.status === "requires_action") {
    return {
      status: "running",
      ...(chat.status === "error" ? { lastError: null } : { deadlineMs: null }),
      dequeue: [id],
      ...intoHistory(message, chat),
    };
  }
  return { status: "interrupting", ...(chat.queue[0]?.id === id ? {} : { queueFirst: id }) };
}
