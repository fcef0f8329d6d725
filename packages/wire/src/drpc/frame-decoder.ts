import { DrpcProtocolError } from "./errors.ts";
import { decodeControl, maxPacketBytes } from "./frame.ts";
import type { DrpcFrame } from "./frame.ts";

const fieldNames = ["stream id", "message id", "length"] as const;

/**
 * Cuts a byte stream into dRPC frames; chunks may be cut anywhere.
 *
 * A frame that lies in one chunk is passed on as a view into it, one that does not is gathered.
 * @throws DrpcProtocolError for a number above 2^53 and for a frame above 4 MiB, as soon as its header is read.
 * @see agent wire, layer 3
 */
export class DrpcFrameDecoder {
  readonly #onFrame: (frame: DrpcFrame & { data: Buffer }) => void;
  /** The header so far: control byte, then the numbers read, the last of which may be incomplete. */
  #control: number | undefined;
  #fields: number[] = [];
  #field = 0;
  #scale = 1;
  /** The data so far. */
  #parts: Buffer[] = [];
  #missingBytes = 0;

  constructor(onFrame: (frame: DrpcFrame & { data: Buffer }) => void) {
    this.#onFrame = onFrame;
  }

  get isBetweenFrames(): boolean {
    return this.#control === undefined;
  }

  push(chunk: Buffer): void {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#fields.length < fieldNames.length) {
        // The loop's condition holds, so there is a byte.
        this.#onHeaderByte(chunk[offset++] as number);
      } else {
        const size = Math.min(this.#missingBytes, chunk.length - offset);
        this.#parts.push(chunk.subarray(offset, offset + size));
        this.#missingBytes -= size;
        offset += size;
      }
      if (this.#fields.length === fieldNames.length && this.#missingBytes === 0) this.#finish();
    }
  }

  #onHeaderByte(byte: number): void {
    if (this.#control === undefined) {
      this.#control = byte;
      return;
    }
    this.#field += (byte & 0x7f) * this.#scale;
    const name = fieldNames[this.#fields.length];
    if (this.#field > Number.MAX_SAFE_INTEGER || this.#scale > 2 ** 56) {
      throw new DrpcProtocolError(`The ${name} of a frame is larger than 2^53.`);
    }
    this.#scale *= 0x80;
    if ((byte & 0x80) !== 0) return;
    this.#fields.push(this.#field);
    if (name === "length") {
      if (this.#field > maxPacketBytes) {
        throw new DrpcProtocolError(`A frame may carry ${maxPacketBytes} bytes, not ${this.#field}.`);
      }
      this.#missingBytes = this.#field;
    }
    this.#field = 0;
    this.#scale = 1;
  }

  #finish(): void {
    const [streamId = 0, messageId = 0] = this.#fields;
    const [first = Buffer.alloc(0)] = this.#parts;
    const data = this.#parts.length > 1 ? Buffer.concat(this.#parts) : first;
    const frame = { ...decodeControl(this.#control ?? 0), streamId, messageId, data };
    this.#control = undefined;
    this.#fields = [];
    this.#parts = [];
    this.#onFrame(frame);
  }
}
