import type { ChatError } from "@hearth/sdk";
import { syntheticResults } from "../../messages/synthetic.ts";
import { refusedByTable, type ChatSnapshot, type Decision } from "../changes.ts";
import { stateOf } from "../states.ts";

/** Puts a chat away, or takes it up again. Pure. What it was asked for already changes nothing. */
export function decideArchive(chat: ChatSnapshot, archived: boolean): Decision {
  if (archived === chat.archived && stateOf(chat) !== "invalid") return {};
  return refusedByTable(chat, archived ? "Archive" : "Unarchive") ?? { archived, ...(archived ? { unpin: true } : {}) };
}

const repaired: ChatError = {
  kind: "generic",
  message: "This chat was in a state that it cannot be in, and was stopped. Send a message to go on.",
  retryable: false,
};

/** Ends an impossible state with an error, from which the chat goes on. Pure. @see spec/chat.md §4.3, ReconcileInvalid */
export function decideReconcile(chat: ChatSnapshot): Decision {
  return (
    refusedByTable(chat, "ReconcileInvalid") ?? {
      archived: false,
      status: "error",
      lastError: repaired,
      deadlineMs: null,
      insert: syntheticResults(chat.openCalls, "cancelled", chat.lastModelConfigId),
    }
  );
}
