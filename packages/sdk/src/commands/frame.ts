/** What a client says. @see docs/commands.md */
export const clientFrames = {
  start: 1,
  stdin: 2,
  stdinEnd: 3,
  signal: 4,
  resize: 5,
  take: 6,
  leave: 7,
  attach: 8,
} as const;

/** What is answered: by the agent, each about the command that it names. */
export const agentFrames = { started: 65, stdout: 66, stderr: 67, exit: 68, error: 69, take: 70, dropped: 71 } as const;

/** Before the payload: a byte for the kind, four for the command. */
export const frameBytes = 5;
/** Bytes of payload that `start` and `attach` may have: a command may carry a large environment. */
export const longestStartBytes = 256 * 1024;
/** Bytes that any other frame may carry: more is sent as several. */
export const longestPayloadBytes = 64 * 1024;
/** In bytes, with its head: what a socket has to take as one message. */
export const longestFrameBytes = frameBytes + longestStartBytes;
/** What each side of a command may send before the other has taken anything. */
export const initialWindowBytes = 256 * 1024;

/** One message of a commands connection. */
export interface Frame {
  readonly kind: number;
  /** The command that it is about: 1 to 2³² − 1, as its client chose. */
  readonly command: number;
  /** JSON, a number or bytes, by the kind. Of a decoded frame: a view into what came. */
  readonly payload: Uint8Array;
}

/** The other side does not speak this protocol: the connection ends. */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

const nothing = new Uint8Array(0);
const encoder = new TextEncoder();

/** @throws FrameError for a command or payload that no frame may carry: a bug of the caller */
export function encodeFrame(
  kind: number,
  command: number,
  payload: Uint8Array | object = nothing,
): Uint8Array<ArrayBuffer> {
  const bytes = payload instanceof Uint8Array ? payload : encoder.encode(JSON.stringify(payload));
  checkFrame(kind, command, bytes.length);
  const frame = new Uint8Array(frameBytes + bytes.length);
  frame[0] = kind;
  new DataView(frame.buffer).setUint32(1, command);
  frame.set(bytes, frameBytes);
  return frame;
}

/** Reads one message, whole. @throws FrameError for what is too short or too long, or names no command */
export function decodeFrame(message: Uint8Array): Frame {
  if (message.length < frameBytes) throw new FrameError(`A frame of ${message.length} bytes is too short.`);
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const kind = view.getUint8(0);
  const command = view.getUint32(1);
  const payload = message.subarray(frameBytes);
  checkFrame(kind, command, payload.length);
  return { kind, command, payload };
}

/** @throws FrameError for a command or payload that no frame may carry */
export function checkFrame(kind: number, command: number, bytes: number): void {
  if (!Number.isInteger(command) || command < 1 || command > 0xff_ff_ff_ff) {
    throw new FrameError(`A frame names the command ${command}: they go from 1 to 4294967295.`);
  }
  const isStart = kind === clientFrames.start || kind === clientFrames.attach;
  const longest = isStart ? longestStartBytes : longestPayloadBytes;
  if (bytes > longest) throw new FrameError(`A frame of kind ${kind} has ${bytes} bytes: at most ${longest} may be.`);
}

/** The payload of `take`: so many more bytes. */
export function writeNumber(bytes: number): Uint8Array {
  const payload = new Uint8Array(4);
  new DataView(payload.buffer).setUint32(0, bytes);
  return payload;
}

/** @throws FrameError for a payload that is no number */
export function readNumber({ payload }: Pick<Frame, "payload">): number {
  if (payload.length !== 4) throw new FrameError(`A number has 4 bytes, not ${payload.length}.`);
  return new DataView(payload.buffer, payload.byteOffset, payload.byteLength).getUint32(0);
}
