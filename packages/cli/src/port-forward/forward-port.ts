import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { finished } from "node:stream/promises";
import type { Duplex } from "node:stream";
import { messageOf } from "@hearth/base";
import { Failure } from "#means/failure.ts";
import type { PortMapping } from "./port-mapping.ts";

export interface ForwardedPort extends AsyncDisposable {
  /** Where it really listens. */
  readonly localPort: number;
}

export interface ForwardListeners {
  /** A connection could not be made, broke, or could not be taken; the port goes on. */
  readonly onError: (error: unknown) => void;
  /** The far end of a connection has answered. */
  readonly onAnswer: () => void;
}

/**
 * Listens on a local port and connects each connection to a stream of its own. Resolves once it listens; disposing it
 * cuts what is open. Nothing that happens to one connection ends the port.
 *
 * @param dial gives the stream to the workspace's port.
 * @throws Failure when the port cannot be had.
 */
export async function forwardPort(
  mapping: PortMapping,
  dial: () => Promise<Duplex>,
  listeners: ForwardListeners,
): Promise<ForwardedPort> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    serve(socket, dial, listeners.onAnswer).catch(listeners.onError);
  });
  server.listen(mapping.localPort, mapping.host);
  try {
    await once(server, "listening");
  } catch (error) {
    const why = messageOf(error);
    throw new Failure(`Port ${mapping.localPort} on ${mapping.host} cannot be listened on.`, {
      cause: error,
      details: [why],
    });
  }
  server.on("error", listeners.onError);
  const address = server.address();
  return {
    localPort: typeof address === "object" && address !== null ? address.port : mapping.localPort,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** Joins a connection with its stream until the far end is done, or either breaks. A caller who leaves is no failure. */
async function serve(socket: Socket, dial: () => Promise<Duplex>, onAnswer: () => void): Promise<void> {
  socket.on("error", () => socket.destroy());
  let stream: Duplex;
  try {
    stream = await dial();
  } catch (error) {
    if (socket.destroyed) return;
    socket.destroy();
    throw error;
  }
  stream.on("error", () => undefined); // its end is seen below
  if (socket.destroyed) {
    stream.destroy();
    return;
  }
  let hasLeft = false;
  socket.once("close", () => {
    hasLeft = true;
    stream.destroy();
  });
  stream.once("data", onAnswer);
  // A WebSocket cannot be half closed: our end of input is kept back, so that the answer to it still comes through.
  socket.pipe(stream, { end: false });
  stream.pipe(socket);
  try {
    await finished(stream, { writable: false });
    // Both halves: the far end is done, and there is nobody left who could hear us.
    stream.end();
  } catch (error) {
    if (!hasLeft) throw error;
  } finally {
    if (!socket.writableEnded) socket.destroy();
  }
}
