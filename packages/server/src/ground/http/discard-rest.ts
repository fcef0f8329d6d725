import type { IncomingMessage } from "node:http";
import { Scope, type Clock } from "@hearth/base";

/** Enough for whoever sends to see the answer and stop, or to finish what is a little too large. */
const patienceMs = 10_000;

/**
 * Throws away what is still to come of a request's body. Resolves when it has ended; who does not stop sending is cut off.
 * Nothing is kept: what is read is dropped at once.
 */
export async function discardRest(request: IncomingMessage, clock: Clock, closing: AbortSignal): Promise<void> {
  const { socket } = request;
  if (request.complete || socket.destroyed) return;
  using ended = new Scope(closing);
  const onEnd = () => ended.end();
  request.once("end", onEnd);
  socket.once("close", onEnd);
  request.resume();
  try {
    await clock.sleep(patienceMs, { signal: ended.signal, tag: "discard-rest" });
  } catch {
    return; // all came, the client left, or the server stops
  } finally {
    socket.off("close", onEnd);
  }
  socket.destroy();
}
