import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { ReconnectingPTYRequest } from "@hearth/sdk";
import { lostCode, lostReason } from "./bridge.ts";
import { onRefusal } from "./failures.ts";

export interface TerminalOptions {
  /** The same id attaches to the same terminal again. */
  readonly id: string;
  readonly height: number;
  readonly width: number;
  readonly command: string;
  readonly container: string;
  readonly containerUser: string;
  readonly backendType: string;
}

/** What the agent's terminal service wants first: a length of two bytes, little-endian, and JSON. @see spec/agents.md §17.4 */
export function terminalHeader(options: TerminalOptions): Buffer {
  const json = Buffer.from(
    JSON.stringify({
      ID: options.id,
      Height: options.height,
      Width: options.width,
      Command: options.command,
      Container: options.container,
      ContainerUser: options.containerUser,
      BackendType: options.backendType,
    }),
  );
  const length = Buffer.alloc(2);
  length.writeUInt16LE(json.length);
  return Buffer.concat([length, json]);
}

/**
 * Lets a client's messages and a terminal flow into each other: one JSON object a message in, bytes out. When the
 * process ends the socket is closed with 1000; a client that leaves only lets go of the terminal, and so does one that
 * `signal` says may not go on. Resolves when both are over; never rejects.
 */
export async function bridgeTerminal(socket: WebSocket, terminal: Duplex, signal: AbortSignal): Promise<void> {
  const over = Promise.withResolvers<void>();
  using _refused = onRefusal(signal, () => terminal.destroy());
  socket.on("message", (data) => {
    // A socket's messages are Buffers unless its `binaryType` says otherwise.
    const request = parseRequest((data as Buffer).toString("utf8"));
    if (request === undefined) {
      socket.close(1007, "a message is not one JSON object of the terminal");
      return;
    }
    if (terminal.write(JSON.stringify(request))) return;
    // The agent does not keep up: the client waits.
    socket.pause();
    terminal.once("drain", () => socket.resume());
  });
  terminal.on("data", (bytes: Buffer) => {
    terminal.pause();
    // One at a time: a slow client holds the terminal back, and no other.
    socket.send(bytes, { binary: true }, () => terminal.resume());
  });
  terminal.once("end", () => socket.close(1000));
  terminal.on("error", () => socket.close(lostCode, lostReason));
  // Closed without an end: cut, by whichever side. Only an end is the process's own, so that clients try again here.
  terminal.once("close", () => socket.close(lostCode, lostReason));
  socket.once("close", () => {
    terminal.destroy();
    over.resolve();
  });
  await over.promise;
}

function parseRequest(text: string): ReconnectingPTYRequest | undefined {
  try {
    return ReconnectingPTYRequest.parse(JSON.parse(text));
  } catch {
    return undefined; // told to the client by the close code
  }
}
