import { unmask } from "./unmask.ts";

const opcodes = { continuation: 0, text: 1, binary: 2 } as const;
const longestHeaderBytes = 14;

export interface FrameSplitterOptions {
  /** Whether data frames must be masked: they are on a server's side of the connection. */
  isMasked: boolean;
  /** Longer frames are not ours: the full implementation has its own idea of what is too long. */
  maxFrameBytes: number;
  /** Takes a piece of a binary message's payload, unmasked; a view into the chunk that came. */
  onPayload: (payload: Buffer) => void;
  /** Takes every byte of every other frame, as it came. False: no more for now. */
  onOther: (bytes: Buffer) => boolean;
}

/**
 * Parts the incoming bytes of a WebSocket into the payload of binary messages, piece by piece as it comes, and
 * everything else (control frames, text, and whatever breaks a rule), which is left to a full implementation.
 *
 * A receiver of messages gathers each one in memory of its own; a byte stream has no use for that copy.
 */
export class FrameSplitter {
  readonly #options: FrameSplitterOptions;
  readonly #header = Buffer.alloc(longestHeaderBytes);
  #headerBytes = 0;
  readonly #key = Buffer.alloc(4);
  #payloadLeft = 0;
  #payloadDone = 0;
  #isOurs = false;
  /** Whose message the next continuation frame belongs to. */
  #openMessage: "none" | "ours" | "theirs" = "none";

  constructor(options: FrameSplitterOptions) {
    this.#options = options;
  }

  /** False when `onOther` wants no more for now; the bytes are taken in any case. */
  write(chunk: Buffer): boolean {
    let wantsMore = true;
    for (let offset = 0; offset < chunk.length;) {
      if (this.#payloadLeft > 0) {
        const size = Math.min(this.#payloadLeft, chunk.length - offset);
        if (!this.#onPayload(chunk.subarray(offset, offset + size))) wantsMore = false;
        offset += size;
        continue;
      }
      const size = Math.min(this.#headerWanted() - this.#headerBytes, chunk.length - offset);
      chunk.copy(this.#header, this.#headerBytes, offset, offset + size);
      this.#headerBytes += size;
      offset += size;
      if (this.#headerBytes >= 2 && this.#headerBytes === this.#headerWanted() && !this.#onHeader()) wantsMore = false;
    }
    return wantsMore;
  }

  #onPayload(payload: Buffer): boolean {
    this.#payloadLeft -= payload.length;
    if (!this.#isOurs) return this.#options.onOther(payload);
    if (this.#options.isMasked) unmask(payload, this.#key, this.#payloadDone);
    this.#payloadDone += payload.length;
    this.#options.onPayload(payload);
    return true;
  }

  /** How many bytes the header has, as far as that is known: two bytes say it. */
  #headerWanted(): number {
    if (this.#headerBytes < 2) return 2;
    const second = this.#header.readUInt8(1);
    const lengthBytes = (second & 0x7f) === 126 ? 2 : (second & 0x7f) === 127 ? 8 : 0;
    return 2 + lengthBytes + (second >= 0x80 ? 4 : 0);
  }

  #onHeader(): boolean {
    const first = this.#header.readUInt8(0);
    const second = this.#header.readUInt8(1);
    const isFinal = first >= 0x80;
    const opcode = first & 0x0f;
    const hasReservedBits = (first & 0x70) !== 0;
    const length = this.#payloadLength(second & 0x7f);
    const header = this.#header.subarray(0, this.#headerBytes);
    this.#headerBytes = 0;
    this.#payloadLeft = length;
    this.#payloadDone = 0;
    this.#isOurs =
      !hasReservedBits &&
      second >= 0x80 === this.#options.isMasked &&
      length <= this.#options.maxFrameBytes &&
      (opcode === opcodes.binary
        ? this.#openMessage === "none"
        : opcode === opcodes.continuation && this.#openMessage === "ours");
    if (opcode <= opcodes.binary) this.#openMessage = isFinal ? "none" : this.#isOurs ? "ours" : "theirs";
    if (!this.#isOurs) return this.#options.onOther(Buffer.from(header));
    if (this.#options.isMasked) header.copy(this.#key, 0, header.length - 4);
    return true;
  }

  #payloadLength(short: number): number {
    if (short === 126) return this.#header.readUInt16BE(2);
    if (short === 127) return this.#header.readUInt32BE(2) * 2 ** 32 + this.#header.readUInt32BE(6);
    return short;
  }
}
