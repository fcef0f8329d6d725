import { checkFrame, decodeFrame, frameBytes, FrameError, longestFrameBytes, type Frame } from "./frame.ts";

const lengthBytes = 4;

/** A frame as it travels over a byte stream: its length, then itself. */
export function withLength(frame: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(lengthBytes + frame.length);
  new DataView(bytes.buffer).setUint32(0, frame.length);
  bytes.set(frame, lengthBytes);
  return bytes;
}

/**
 * What comes before a payload of so many bytes on a byte stream: for who sends the payload as it is, without a copy.
 * @throws FrameError for a command or payload that no frame may carry
 */
export function headOf(kind: number, command: number, payloadBytes: number): Uint8Array {
  checkFrame(kind, command, payloadBytes);
  const head = new Uint8Array(lengthBytes + frameBytes);
  const view = new DataView(head.buffer);
  view.setUint32(0, frameBytes + payloadBytes);
  view.setUint8(lengthBytes, kind);
  view.setUint32(lengthBytes + 1, command);
  return head;
}

/** Puts frames together from the chunks of a byte stream. Holds at most one frame that is not whole yet. */
export class FrameReader {
  /** A frame that has begun: the length, or as much of the frame as is there. */
  #parts: Uint8Array[] = [];
  #held = 0;
  /** Undefined: the length itself is being read. */
  #wanted: number | undefined;

  /**
   * The frames that end in this chunk; their payloads may be views into it.
   * @throws FrameError for a length that no frame has, and for what {@link decodeFrame} refuses
   */
  *feed(chunk: Uint8Array): Generator<Frame, void, undefined> {
    let rest = chunk;
    while (rest.length > 0) {
      const missing = (this.#wanted ?? lengthBytes) - this.#held;
      if (rest.length < missing) {
        this.#parts.push(rest.slice()); // whoever gave the chunk may use it again
        this.#held += rest.length;
        return;
      }
      const whole = this.#take(rest.subarray(0, missing));
      rest = rest.subarray(missing);
      if (this.#wanted === undefined) this.#wanted = lengthOf(whole);
      else {
        this.#wanted = undefined;
        yield decodeFrame(whole);
      }
    }
  }

  /** What was held, and the last of it. */
  #take(last: Uint8Array): Uint8Array {
    if (this.#held === 0) return last;
    const whole = new Uint8Array(this.#held + last.length);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    whole.set(last, at);
    this.#parts = [];
    this.#held = 0;
    return whole;
  }
}

function lengthOf(bytes: Uint8Array): number {
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
  if (length >= frameBytes && length <= longestFrameBytes) return length;
  throw new FrameError(`A frame says that it has ${length} bytes: ${frameBytes} to ${longestFrameBytes} it may have.`);
}
