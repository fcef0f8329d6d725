import type { WebSocket } from "ws";

/**
 * Keeps what an open socket receives until somebody listens to its messages: it is not read before, so the peer is held
 * back by the connection itself and nothing is lost, however long the listener has to wait for something else first.
 *
 * Call it in the turn in which the socket opened. Until somebody listens, the peer's leaving is not noticed either.
 */
export function holdUntilHeard(socket: WebSocket): void {
  socket.pause();
  const onListener = (event: string | symbol): void => {
    if (event !== "message") return;
    socket.off("newListener", onListener);
    socket.resume(); // from the next turn on, when the listener is there
  };
  socket.on("newListener", onListener);
}
