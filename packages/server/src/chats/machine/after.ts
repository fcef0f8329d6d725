import { callsIn } from "../messages/synthetic.ts";
import type { Changes, ChatSnapshot, OpenCall, QueuedMessage } from "./changes.ts";

/** What the store tells of a change that decisions do not know beforehand. */
export interface Written {
  /** The messages that came into the queue, with their ids. */
  readonly enqueued: readonly QueuedMessage[];
}

/** What a chat is after the changes: whoever wrote them decides on without reading it again. Pure. */
export function after(chat: ChatSnapshot, changes: Changes, { enqueued }: Written): ChatSnapshot {
  const { status = chat.status, archived = chat.archived, dequeue = [], queueFirst } = changes;
  const waiting = [...chat.queue.filter(({ id }) => !dequeue.includes(id)), ...enqueued];
  const first = waiting.filter(({ id }) => id === queueFirst);
  return {
    status,
    archived,
    queue: [...first, ...waiting.filter((message) => !first.includes(message))],
    openCalls: openAfter(chat.openCalls, changes),
    lastModelConfigId: changes.modelConfigId ?? chat.lastModelConfigId,
  };
}

function openAfter(before: readonly OpenCall[], { removeFrom, insert = [] }: Changes): readonly OpenCall[] {
  let open = removeFrom === undefined ? before : [];
  for (const { role, content } of insert) {
    if (role === "assistant") open = callsIn(content);
    const answered = new Set(content.flatMap((part) => (part.type === "tool-result" ? [part.tool_call_id] : [])));
    if (answered.size > 0) open = open.filter(({ tool_call_id }) => !answered.has(tool_call_id));
  }
  return open;
}
