import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Clock } from "@hearth/base";
import { joinStreams, webSocketStream } from "@hearth/wire";
import { closeReasonOf, onRefusal } from "./failures.ts";

/** The close code of a dial that the agent refused. @see spec/api.md, "Hearth's own additions" */
const refusedCode = 4001;
/** The agent, or the server that holds it, was lost. */
export const lostCode = 1011;
export const lostReason = "the connection to the agent was lost";
/** What a client wrote just before it left may still be on its way. */
const lingerMs = 10_000;

/**
 * Lets a WebSocket and a dial flow into each other. The dial may still be under way: what the client sends meanwhile
 * waits. Resolves once both are over; never rejects. When `signal` says that it may not go on, both are cut.
 */
export async function bridge(
  socket: WebSocket,
  dialling: Promise<Duplex>,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<void> {
  const client = webSocketStream(socket);
  client.on("error", () => undefined); // its end is seen below
  let connection: Duplex;
  try {
    connection = await dialling;
  } catch (error) {
    socket.close(refusedCode, closeReasonOf(error));
    return;
  }
  using _refused = onRefusal(signal, () => connection.destroy());
  const left = Promise.withResolvers<void>();
  socket.once("close", () => left.resolve());
  const cut = (stream: Duplex, reason: Error) => {
    if (stream !== client) return void stream.destroy(reason);
    // Told by a code, so that a client knows it from a break of its own line. What it still sends goes nowhere; its
    // answer to the close comes behind that.
    socket.close(lostCode, lostReason);
    client.resume();
  };
  const joined = joinStreams(client, connection, cut).finally(() => left.resolve());
  await left.promise;
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
