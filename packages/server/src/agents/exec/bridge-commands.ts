import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { onAbort, type Clock } from "@hearth/base";
import { ApiError } from "@hearth/sdk";
import {
  decodeFrame,
  encodeFrame,
  longestFrameBytes,
  longestPayloadBytes,
  frameBytes,
  refusedCloseCode,
  withLength,
} from "@hearth/sdk/commands";
import { lostCode, lostReason } from "../dial/bridge.ts";
import { onRefusal } from "../dial/failures.ts";
import { hearFrames } from "./command-stream.ts";

const malformedCode = 1002;
const notBinaryCode = 1003;
const tooLongCode = 1009;
/** What a client wrote just before it left may still be on its way. */
const lingerMs = 10_000;
/** The longest text that a WebSocket's close can carry. @see RFC 6455 §5.5 */
const maxCloseReasonBytes = 123;

/**
 * Passes the frames of a client's WebSocket on to its agent, and the agent's back, as they are; only their sizes are looked
 * at. Whoever reads slowly holds the other back. The agent may still be on its way: what the client sends meanwhile waits.
 * Resolves once both are over; never rejects. When `signal` says that it may not go on, both are cut.
 */
export async function bridgeCommands(
  socket: WebSocket,
  opening: Promise<Duplex>,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<void> {
  let stream: Duplex;
  try {
    stream = await opening;
  } catch (error) {
    refuse(socket, error);
    return;
  }
  using _refused = onRefusal(signal, () => stream.destroy());
  const over = Promise.withResolvers<void>();
  socket.on("message", (data, isBinary) => {
    // A socket's messages are Buffers unless its `binaryType` says otherwise.
    const message = data as Buffer;
    const wrong = isBinary ? codeOfWrong(message) : notBinaryCode;
    if (wrong !== undefined) return socket.close(wrong, "not a frame of the commands protocol");
    if (stream.write(withLength(message))) return;
    socket.pause();
    stream.once("drain", () => socket.resume());
  });
  let unsent = 0;
  hearFrames(stream, {
    onFrame({ kind, command, payload }) {
      unsent++;
      stream.pause();
      socket.send(encodeFrame(kind, command, payload), { binary: true }, () => {
        if (--unsent === 0) stream.resume();
      });
    },
    onEnd(why) {
      if (why instanceof ApiError && why.code === "exec_unsupported") refuse(socket, why);
      else socket.close(lostCode, lostReason);
      socket.resume(); // the client's answer to the close comes behind what it still says
      over.resolve();
    },
  });
  const left = Promise.withResolvers<void>();
  socket.once("close", () => left.resolve());
  await left.promise;
  // Nobody is there any more: the agent gets what was written, then the end.
  stream.end();
  using ending = clock.timeout(lingerMs, { tag: "commands-linger" });
  using _late = onAbort(ending.signal, () => stream.destroy());
  await over.promise;
}

/** The close code for what is no frame, by what is wrong with it. */
function codeOfWrong(message: Buffer): number | undefined {
  try {
    decodeFrame(message);
    return undefined;
  } catch {
    const longest = message.length > longestFrameBytes || message.length > frameBytes + longestPayloadBytes;
    return longest ? tooLongCode : malformedCode;
  }
}

/** Tells a client whose socket is open already what it would have been told before: the code, and as much as fits. */
function refuse(socket: WebSocket, error: unknown): void {
  const code = error instanceof ApiError ? error.code : "agent_unreachable";
  const text = error instanceof ApiError ? error.message : "The agent cannot be reached.";
  const reason = Buffer.from(`${code}: ${text}`).subarray(0, maxCloseReasonBytes).toString("utf8");
  socket.close(refusedCloseCode, reason.replace(/\uFFFD$/, ""));
}
