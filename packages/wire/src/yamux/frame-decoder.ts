import { YamuxProtocolError } from "./errors.ts";
import { frameTypes, headerBytes } from "./frame.ts";

/** What a decoder reports, in the order of the bytes. May throw to refuse; the decoder is then of no more use. */
export interface FrameSink {
  /** A header. After one of a data frame with a length, its payload follows through `onPayload`. */
  onHeader(type: number, flags: number, streamId: number, length: number): void;
  /** A piece of the current data frame's payload, not empty, a view into the chunk it came with. */
  onPayload(payload: Buffer, isLast: boolean): void;
}

/**
 * Cuts a byte stream into yamux frames without copying payloads.
 *
 * Chunks may be cut anywhere. A payload is passed on as it comes, so a frame is never gathered in memory.
 * @throws YamuxProtocolError for another version than 0 or an unknown type, and whatever the sink throws.
 * @see agent wire, layer 2
 */
export class FrameDecoder {
  readonly #sink: FrameSink;
  readonly #partial = Buffer.alloc(headerBytes);
  #partialBytes = 0;
  #payloadLeft = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** False when the stream so far ends inside a frame. */
  get isBetweenFrames(): boolean {
    return this.#partialBytes === 0 && this.#payloadLeft === 0;
  }

  push(chunk: Buffer): void {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#payloadLeft > 0) {
        const size = Math.min(this.#payloadLeft, chunk.length - offset);
        this.#payloadLeft -= size;
        const payload = size === chunk.length ? chunk : chunk.subarray(offset, offset + size);
        offset += size;
        this.#sink.onPayload(payload, this.#payloadLeft === 0);
      } else if (this.#partialBytes === 0 && chunk.length - offset >= headerBytes) {
        this.#header(chunk, offset);
        offset += headerBytes;
      } else {
        const size = Math.min(headerBytes - this.#partialBytes, chunk.length - offset);
        chunk.copy(this.#partial, this.#partialBytes, offset, offset + size);
        this.#partialBytes += size;
        offset += size;
        if (this.#partialBytes < headerBytes) return;
        this.#partialBytes = 0;
        this.#header(this.#partial, 0);
      }
    }
  }

  #header(bytes: Buffer, at: number): void {
    const version = bytes.readUInt8(at);
    const type = bytes.readUInt8(at + 1);
    if (version !== 0) throw new YamuxProtocolError(`A frame has yamux version ${version}; only 0 is spoken here.`);
    if (type > frameTypes.goAway) throw new YamuxProtocolError(`A frame has the unknown type ${type}.`);
    const length = bytes.readUInt32BE(at + 8);
    if (type === frameTypes.data) this.#payloadLeft = length;
    this.#sink.onHeader(type, bytes.readUInt16BE(at + 2), bytes.readUInt32BE(at + 4), length);
  }
}
