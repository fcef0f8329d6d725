// Recorded sessions, decoded layer by layer, for tests that hold what we do against what was seen.
// Owns: reading the recordings of e2e/reference/agent. Nothing that runs in a server or an agent imports it.
// Promises: calls in the order in which they were invoked, with their messages decoded and their bytes kept.
import { readFile } from "node:fs/promises";
import { decodeCalls } from "./calls.ts";
import type { RecordedCall } from "./calls.ts";
import { parseSocket } from "./web-socket-messages.ts";
import type { RecordedSocket, Side } from "./web-socket-messages.ts";
import { decodeFrames } from "./yamux-frames.ts";
import type { RecordedFrame } from "./yamux-frames.ts";

export type { RecordedCall, RecordedCallMessage, RecordedEnding } from "./calls.ts";
export { setFields } from "./set-fields.ts";
export type { RecordedMessage, Side } from "./web-socket-messages.ts";
export type { RecordedFrame } from "./yamux-frames.ts";

/** A session as it was recorded, at every layer. */
export interface Recording extends RecordedSocket {
  readonly frames: readonly RecordedFrame[];
  /** By side, the bytes of a frame in which the recording ends. */
  readonly unfinished: Readonly<Record<Side, Buffer>>;
  readonly calls: readonly RecordedCall[];
}

/** Reads a recording (JSON lines) whole. */
export async function readRecording(path: string | URL): Promise<Recording> {
  const socket = parseSocket(await readFile(path, "utf8"));
  const { frames, unfinished } = decodeFrames(socket.messages);
  return { ...socket, frames, unfinished, calls: decodeCalls(frames) };
}
