import type * as api from "@hearth/sdk";
import { toApiMessage, toApiQueuedMessage, toApiToolCall } from "../messages/wire.ts";
import type { StreamView } from "./view.ts";

/** What a client was told. */
export interface StreamState {
  readonly snapshotVersion: number;
  readonly historyVersion: number;
  readonly queueVersion: number;
  readonly retryVersion: number;
  readonly attempt: number;
  readonly status: api.ChatStatus;
}

/**
 * What a client is told of a chat as it is, in one frame, and what it has been told then. Pure. The order is the
 * contract's: messages, queue, status, error, action, retry, and that the parts so far are void. @see spec/chat.md §18.1
 */
export function decideFrame(
  told: StreamState | undefined,
  view: StreamView,
): { readonly events: api.ChatStreamEvent[]; readonly state: StreamState } {
  const chat_id = view.id;
  const events: api.ChatStreamEvent[] = [];
  const isFirst = told === undefined;
  const hasHistory = isFirst || view.history_version !== told.historyVersion;
  if (view.is_reset) events.push({ type: "history_reset", chat_id });
  for (const row of view.messages) events.push({ type: "message", chat_id, message: toApiMessage(row) });
  if (view.queue_version > (told?.queueVersion ?? 0)) {
    const queued = view.queue.map(toApiQueuedMessage);
    events.push({ type: "queue_update", chat_id, ...(queued.length === 0 ? {} : { queued_messages: queued }) });
  }
  const hasStatus = isFirst || view.status !== told.status;
  if (hasStatus) events.push({ type: "status", chat_id, status: { status: view.status } });
  if (view.status === "error" && view.last_error !== null && (hasStatus || hasHistory)) {
    events.push({ type: "error", chat_id, error: view.last_error });
  }
  if (view.status === "requires_action" && (hasStatus || hasHistory)) {
    events.push({
      type: "action_required",
      chat_id,
      action_required: { tool_calls: view.open_calls.map(toApiToolCall) },
    });
  }
  if (view.retry_state !== null && (isFirst || view.retry_state_version !== told.retryVersion)) {
    events.push({ type: "retry", chat_id, retry: view.retry_state });
  }
  const hasAttempt = view.generation_attempt !== 0 && view.generation_attempt !== told?.attempt;
  if (hasHistory || hasAttempt) events.push({ type: "preview_reset", chat_id });
  const state: StreamState = {
    snapshotVersion: view.snapshot_version,
    historyVersion: view.history_version,
    queueVersion: view.queue_version,
    retryVersion: view.retry_state_version,
    attempt: view.generation_attempt,
    status: view.status,
  };
  return { events, state };
}
