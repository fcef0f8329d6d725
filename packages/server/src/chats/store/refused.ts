import { ApiError } from "@hearth/sdk";
import type { Refusal } from "../machine/index.ts";

/** What a chat in its state does not do; nothing was written. `refusal.state` is the state. */
export class TransitionRefused extends Error {
  override readonly name = "TransitionRefused";
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(`chat transition refused: ${JSON.stringify(refusal)}`);
    this.refusal = refusal;
  }
}

/** The chat went on without the task, which ends without a word. */
export class FenceLost extends Error {
  override readonly name = "FenceLost";

  constructor(chatId: string) {
    super(`chat ${chatId} went on without this task`);
  }
}

/** What the caller is told where the table does not allow what it asked for. */
export type StateMessages = Readonly<Record<string, string>>;

const messages: StateMessages = {
  SendMessage: "The chat is in no state to take a message: repair it with reconcile-invalid.",
  SendInterrupting: "The chat is in no state to take a message: repair it with reconcile-invalid.",
  EditMessage: "The chat is in no state to be edited.",
  DeleteQueuedMessage: "Chat has no queued messages to delete.",
  PromoteQueuedMessage: "Chat has no queued messages to promote.",
  Interrupt: "Chat is not in an interruptible state.",
  CompleteRequiresAction: "Chat is not waiting for tool results.",
  Archive: "The chat, or one that it began, is at work: interrupt it first.",
  Unarchive: "The chat cannot be taken out of the archive.",
  ReconcileInvalid: "Chat is not in an invalid state.",
};

/** The refusal as the API tells it. Rethrows what is none. */
export function toApiError(error: unknown): unknown {
  if (!(error instanceof TransitionRefused)) return error;
  const { refusal } = error;
  switch (refusal.refused) {
    case "state": {
      const { transition, state } = refusal;
      const isArchived = state.startsWith("X") && /^(Send|Edit)/.test(transition);
      const message = isArchived ? "Cannot send messages to an archived chat." : (messages[transition] ?? "");
      const detail = `chat state transition ${transition} not allowed from state ${state}`;
      return new ApiError(isArchived ? "precondition_failed" : "conflict", message, { detail, cause: error });
    }
    case "unknown_queued":
      return new ApiError("not_found", "No such message waits in this chat.");
    case "queue_full":
      return new ApiError("rate_limited", `${refusal.limit} messages wait in this chat already: let some go first.`);
    case "bad_results":
      return new ApiError("validation_failed", "The results are not those that the chat waits for.", {
        validations: [{ field: "results", detail: refusal.why }],
      });
  }
}

/** Tells refusals as the API does. @throws ApiError */
export async function orApiError<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw toApiError(error);
  }
}
