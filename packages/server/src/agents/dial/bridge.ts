import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Clock } from "@hearth/base";
import { ApiError } from "@hearth/sdk";
import { DialRefused, joinStreams, webSocketStream } from "@hearth/wire";

/** The close code of a dial that the agent refused. @see spec/api.md, "Hearth's own additions" */
export const refusedCode = 4001;
/** The longest text that a WebSocket's close can carry. @see RFC 6455 §5.5 */
const maxCloseReasonBytes = 123;
/** What a client wrote just before it left may still be on its way. */
const lingerMs = 10_000;

/** Closes with what is worth telling of a dial that failed. */
export function closeWithFailure(socket: WebSocket, error: unknown): void {
  const isOurs = error instanceof DialRefused || error instanceof ApiError;
  const text = error instanceof DialRefused ? error.reason : isOurs ? error.message : "the agent cannot be reached";
  socket.close(
    refusedCode,
    Buffer.from(text)
      .subarray(0, maxCloseReasonBytes)
      .toString("utf8")
      .replace(/\uFFFD$/, ""),
  );
}

/**
 * Lets a WebSocket and a dial flow into each other. The dial may still be under way: what the client sends meanwhile
 * waits. Resolves once both are over; never rejects.
 */
export async function bridge(socket: WebSocket, dialling: Promise<Duplex>, clock: Clock): Promise<void> {
  const client = webSocketStream(socket);
  client.on("error", () => undefined); // its end is seen below
  let connection: Duplex;
  try {
    connection = await dialling;
  } catch (error) {
    closeWithFailure(socket, error);
    return;
  }
  const left = new AbortController();
  socket.once("close", () => left.abort());
  const joined = joinStreams(client, connection).finally(() => left.abort());
  await untilAborted(left.signal);
  // Nobody is there any more to hear what the agent says: it gets what was written, then the end.
  const over = new AbortController();
  void joined.then(() => over.abort());
  try {
    await clock.sleep(lingerMs, { signal: over.signal, tag: "dial-linger" });
    connection.destroy();
  } catch {
    // It ended in time.
  }
  await joined;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
