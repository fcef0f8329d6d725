import { isUtf8 } from "node:buffer";

/** A piece of output as JSON can carry it: text where it is UTF-8, else bytes as base64. */
export type OutputPiece = { readonly text: string } | { readonly base64: string };

/** The longest beginning of a character that can lack its end. */
const longestCutBytes = 3;

/**
 * Turns the bytes of one stream into texts of whole characters. A character that a chunk cuts waits for its rest; bytes
 * that are no UTF-8 are told as they are. Put together again the pieces are what came.
 */
export class OutputText {
  /** The beginning of a character. */
  #cut: Buffer = Buffer.alloc(0);

  /** What can be told with this chunk; undefined while it is all a beginning. */
  push(chunk: Uint8Array): OutputPiece | undefined {
    const bytes =
      this.#cut.length === 0
        ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
        : Buffer.concat([this.#cut, chunk]);
    const whole = bytes.length - cutAtEnd(bytes);
    this.#cut = Buffer.from(bytes.subarray(whole));
    return whole === 0 ? undefined : toPiece(bytes.subarray(0, whole));
  }

  /** What waited for a rest that will not come. */
  end(): OutputPiece | undefined {
    const rest = this.#cut;
    this.#cut = Buffer.alloc(0);
    return rest.length === 0 ? undefined : toPiece(rest);
  }
}

function toPiece(bytes: Buffer): OutputPiece {
  return isUtf8(bytes) ? { text: bytes.toString("utf8") } : { base64: bytes.toString("base64") };
}

/** How many bytes at the end begin a character and do not end it. @see RFC 3629 §3 */
function cutAtEnd(bytes: Buffer): number {
  for (let count = 1; count <= Math.min(longestCutBytes, bytes.length); count++) {
    const byte = bytes[bytes.length - count] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return lengthOf(byte) > count ? count : 0;
  }
  return 0;
}

/** How many bytes a character has that begins with this one; 0 for a byte that begins none. */
function lengthOf(byte: number): number {
  if (byte >= 0xf5) return 0;
  if (byte >= 0xf0) return 4;
  return byte >= 0xe0 ? 3 : 2;
}
