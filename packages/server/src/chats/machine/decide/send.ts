import { refusedByTable, type ChatSnapshot, type Decision, type NewQueuedMessage } from "../changes.ts";
import { intoHistory } from "./promote.ts";

export interface Sending {
  readonly message: NewQueuedMessage;
  /** Whether it stops what goes on. */
  readonly interrupts: boolean;
  /** How many may wait. */
  readonly queueLimit: number;
}

/** What a message of the owner does to its chat. Pure. @see spec/chat.md §4.3, SendMessage */
export function decideSend(chat: ChatSnapshot, { message, interrupts, queueLimit }: Sending): Decision {
  const refused = refusedByTable(chat, interrupts ? "SendInterrupting" : "SendMessage");
  if (refused !== undefined) return refused;
  const [head] = chat.queue;
  const asIs = { ...message, model_config_id: message.model_config_id ?? chat.lastModelConfigId };
  if (head === undefined && (chat.status === "waiting" || chat.status === "error")) {
    return { status: "running", lastError: null, ...intoHistory(message, chat) };
  }
  if (chat.status === "requires_action" && interrupts && head === undefined) {
    return { status: "running", deadlineMs: null, ...intoHistory(message, chat) };
  }
  // First come, first served: what waits goes before what comes.
  const goesOn = chat.status === "error" || (chat.status === "requires_action" && interrupts);
  if (head !== undefined && goesOn) {
    return {
      status: "running",
      ...(chat.status === "error" ? { lastError: null } : { deadlineMs: null }),
      enqueue: [asIs],
      dequeue: [head.id],
      ...intoHistory(head, chat),
    };
  }
  if (chat.queue.length >= queueLimit) return { refused: "queue_full", limit: queueLimit };
  return {
    ...(interrupts && chat.status === "running" ? { status: "interrupting" } : {}),
    enqueue: [asIs],
  };
}

/** What stands in the place of a message and of all after it. */
export interface Editing {
  readonly messageId: number;
  readonly message: NewQueuedMessage;
}

/** Drops the work and the queue, and says something else. Pure. @see spec/chat.md §4.3, EditMessage */
export function decideEdit(chat: ChatSnapshot, { messageId, message }: Editing): Decision {
  return (
    refusedByTable(chat, "EditMessage") ?? {
      status: "running",
      lastError: null,
      deadlineMs: null,
      removeFrom: messageId,
      dequeue: chat.queue.map(({ id }) => id),
      // The calls of what was said before the message have their results: it came after them.
      ...intoHistory(message, { ...chat, openCalls: [] }),
    }
  );
}
