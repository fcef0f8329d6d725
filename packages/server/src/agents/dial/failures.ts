import { onAbort } from "@hearth/base";
import { ApiError } from "@hearth/sdk";
import { DialRefused, DialUnsupported } from "@hearth/wire";

/** What a dial that failed means to whoever asked for it. A refusal of the agent keeps its reason as the cause. */
export function toDialError(error: unknown, port: number): unknown {
  if (error instanceof ApiError) return error;
  if (error instanceof DialRefused) {
    const message = `The agent did not connect to port ${port}: ${error.reason}.`;
    return new ApiError("dial_refused", message, { cause: error });
  }
  if (error instanceof DialUnsupported) return new ApiError("agent_unreachable", error.message, { cause: error });
  return new ApiError("agent_unreachable", "The connection to the agent was lost: try again.", { cause: error });
}

/** The longest text that a WebSocket's close can carry. @see RFC 6455 §5.5 */
const maxCloseReasonBytes = 123;

/** The reason for a close: the agent's own word where it refused, a sentence otherwise. */
export function closeReasonOf(error: unknown): string {
  const cause = error instanceof ApiError ? error.cause : error;
  if (cause instanceof DialRefused) return cause.reason;
  const text = error instanceof ApiError ? error.message : "The agent cannot be reached.";
  return Buffer.from(text)
    .subarray(0, maxCloseReasonBytes)
    .toString("utf8")
    .replace(/\uFFFD$/, "");
}

/** Calls `listener` when a request's signal aborts because whoever asked may not go on, not when they just left. */
export function onRefusal(signal: AbortSignal, listener: () => void): Disposable {
  return onAbort(signal, () => {
    if (signal.reason instanceof ApiError) listener();
  });
}
