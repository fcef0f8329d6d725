import type { ChatError, ChatStreamRetry } from "@hearth/sdk";
import type { ChatPart } from "../../../ground/database/index.ts";
import { callsIn, syntheticResults } from "../../messages/synthetic.ts";
import { refusedByTable, type ChatSnapshot, type Decision, type NewMessage } from "../changes.ts";
import { intoHistory } from "./promote.ts";

/** An attempt at the next message begins. Pure. */
export function decideAttempt(chat: ChatSnapshot): Decision {
  return refusedByTable(chat, "RecordAttempt") ?? { nextAttempt: true };
}

/** The attempt failed, and another one follows. Pure. */
export function decideRetry(chat: ChatSnapshot, retry: ChatStreamRetry): Decision {
  return refusedByTable(chat, "RecordRetry") ?? { retry };
}

/** What one step said, all of it at once. Pure. */
export function decideStep(chat: ChatSnapshot, insert: readonly NewMessage[]): Decision {
  return refusedByTable(chat, "CommitStep") ?? { insert };
}

/** The client has to run tools, until then. Pure. */
export function decideRequiresAction(chat: ChatSnapshot, deadlineMs: number): Decision {
  return refusedByTable(chat, "EnterRequiresAction") ?? { status: "requires_action", deadlineMs };
}

/** The client did not run them in time. Pure. */
export function decideDeadline(chat: ChatSnapshot): Decision {
  return (
    refusedByTable(chat, "CancelRequiresAction") ?? {
      status: "running",
      deadlineMs: null,
      insert: syntheticResults(chat.openCalls, "expired", chat.lastModelConfigId),
    }
  );
}

/** Rests, or goes on with what waits; `insert` is the step that ended the turn. Pure. */
export function decideFinish(chat: ChatSnapshot, insert: readonly NewMessage[] = []): Decision {
  return refusedByTable(chat, "FinishTurn") ?? { ...restOrGoOn({ ...chat, openCalls: [] }, insert) };
}

/** Stops on an error that nobody retries. Pure. */
export function decideError(chat: ChatSnapshot, lastError: ChatError): Decision {
  return refusedByTable(chat, "FinishError") ?? { status: "error", lastError };
}

/**
 * Stores what was said until it was stopped, gives the calls in it a result, then rests or goes on with what waits. Pure.
 * @see spec/chat.md §4.3, FinishInterruption
 */
export function decideInterrupted(chat: ChatSnapshot, partial: readonly ChatPart[]): Decision {
  const refused = refusedByTable(chat, "FinishInterruption");
  if (refused !== undefined) return refused;
  const model = chat.lastModelConfigId;
  const said: NewMessage[] =
    partial.length === 0 ? [] : [{ role: "assistant", content: partial, model_config_id: model }];
  const results = syntheticResults([...chat.openCalls, ...callsIn(partial)], "interrupted", model);
  // Results of what was called before stand before what was said after; of both there is one at most.
  const before = results.slice(0, chat.openCalls.length);
  const after = results.slice(chat.openCalls.length);
  return restOrGoOn({ ...chat, openCalls: [] }, [...before, ...said, ...after]);
}

function restOrGoOn(chat: ChatSnapshot, insert: readonly NewMessage[]): Decision {
  const [head] = chat.queue;
  if (head === undefined) return { status: "waiting", insert };
  const { insert: promoted = [], ...sets } = intoHistory(head, chat);
  return { status: "running", dequeue: [head.id], insert: [...insert, ...promoted], ...sets };
}
