import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { joinStreams } from "../bytes/join-streams.ts";
import type { DialRequest } from "./accept-dial.ts";
import { DialRefused } from "./errors.ts";

/**
 * Connects a dial to a TCP port of this machine, as a handler's answer to every port it does not serve itself.
 *
 * Half-close and backpressure pass through; whichever side breaks takes the other with it.
 * @throws DialRefused `refused` when nothing listens, `unreachable` when it cannot be reached otherwise.
 */
export async function dialLoopback(
  { port, signal }: Pick<DialRequest, "port" | "signal">,
  { host = "127.0.0.1" }: { host?: string } = {},
): Promise<(connection: Duplex) => void> {
  const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  function onAbort(): void {
    socket.destroy();
    reject(signal.reason);
  }
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  socket.once("connect", resolve);
  socket.on("error", (error: NodeJS.ErrnoException) => {
    const isRefused = error.code === "ECONNREFUSED";
    const message = `Port ${port} of ${host} cannot be reached: ${error.message}.`;
    reject(new DialRefused(isRefused ? "refused" : "unreachable", message, error));
  });
  try {
    await promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
  return (connection) => void joinStreams(connection, socket);
}
