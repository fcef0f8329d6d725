import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { FrameSplitter } from "./frame-splitter.ts";
import type { FrameSplitterOptions } from "./frame-splitter.ts";

/**
 * What a byte stream uses of `ws` beyond its documented interface: everything works without it, at twice the cost in
 * processor time. `ws` gathers each message in memory of its own and writes each with a system call of its own; a
 * stream needs neither (measured: 2.4 instead of 3.7 CPU seconds for a gigabyte from server to agent).
 *
 * The version of `ws` is pinned; a test fails when these are gone.
 */
interface WsInternals {
  readonly _socket?: Duplex | null;
  readonly _isServer?: boolean;
  readonly _receiver?: {
    write(chunk: Buffer): boolean;
    readonly _state?: number;
    readonly _bufferedBytes?: number;
  } | null;
}

function internalsOf(socket: WebSocket): WsInternals {
  return socket as unknown as WsInternals; // every field is optional, and looked at before it is used
}

/**
 * Lets the payload of binary messages go to `onPayload`, piece by piece as it comes, instead of as `message` events.
 * Everything else goes its way in `ws`. False: not possible, messages come as events.
 */
export function divertPayload(
  socket: WebSocket,
  { maxFrameBytes, onPayload }: Pick<FrameSplitterOptions, "maxFrameBytes" | "onPayload">,
): boolean {
  const { _receiver: receiver, _isServer: isMasked } = internalsOf(socket);
  const isBetweenFrames = receiver?._state === 0 && receiver._bufferedBytes === 0;
  if (!receiver || isMasked === undefined || !isBetweenFrames) return false;
  const write = receiver.write.bind(receiver);
  const splitter = new FrameSplitter({ isMasked, maxFrameBytes, onPayload, onOther: write });
  receiver.write = (chunk) => splitter.write(chunk);
  return true;
}

/** Runs `send`, and lets what it sends leave in one system call. */
export function sendTogether(socket: WebSocket, send: () => void): void {
  const { _socket: connection } = internalsOf(socket);
  connection?.cork();
  try {
    send();
  } finally {
    connection?.uncork();
  }
}
