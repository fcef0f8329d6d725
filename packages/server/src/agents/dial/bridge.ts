import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Clock } from "@hearth/base";
import { joinStreams, webSocketStream } from "@hearth/wire";
import { closeReasonOf } from "./failures.ts";

/** The close code of a dial that the agent refused. @see spec/api.md, "Hearth's own additions" */
const refusedCode = 4001;
/** What a client wrote just before it left may still be on its way. */
const lingerMs = 10_000;

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
    socket.close(refusedCode, closeReasonOf(error));
    return;
  }
  const left = Promise.withResolvers<void>();
  socket.once("close", () => left.resolve());
  const joined = joinStreams(client, connection).finally(() => left.resolve());
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
