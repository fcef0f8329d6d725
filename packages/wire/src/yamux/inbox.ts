/** Payloads below this are gathered, larger ones are kept as they came. */
const smallBytes = 4096;
const firstTailBytes = 256;
const largestTailBytes = 16_384;

/**
 * What a stream has received and nobody has read.
 *
 * What it holds in memory stays within about twice the bytes in it, whatever the sizes they came in: small payloads
 * are gathered, and a payload that would keep a much larger chunk alive is copied. So a peer that sends single bytes,
 * each in a large chunk, costs no more than its credit.
 */
export class Inbox {
  #sizeBytes = 0;
  #chunks: Buffer[] = [];
  #head = 0;
  /** The last chunk when it is ours to append to: its memory, of which `#tailUsed` bytes are filled. */
  #tail: Buffer | undefined;
  #tailUsed = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  add(payload: Buffer): void {
    this.#sizeBytes += payload.length;
    if (payload.length >= smallBytes) {
      this.#sealTail();
      this.#chunks.push(compact(payload));
      return;
    }
    this.#reserve(payload.length);
    // `#reserve` has made room in a tail.
    this.#tailUsed += payload.copy(this.#tail as Buffer, this.#tailUsed);
  }

  /** The oldest bytes, or `undefined` when there are none. */
  take(): Buffer | undefined {
    if (this.#head === this.#chunks.length) this.#sealTail();
    const chunk = this.#chunks[this.#head];
    if (!chunk) return undefined;
    this.#head++;
    if (this.#head === this.#chunks.length) {
      this.#chunks = [];
      this.#head = 0;
    }
    this.#sizeBytes -= chunk.length;
    return chunk;
  }

  clear(): void {
    this.#chunks = [];
    this.#head = 0;
    this.#tail = undefined;
    this.#tailUsed = 0;
    this.#sizeBytes = 0;
  }

  #reserve(size: number): void {
    if (this.#tail && this.#tail.length - this.#tailUsed >= size) return;
    if (this.#tail && this.#tail.length < largestTailBytes && this.#tailUsed + size <= largestTailBytes) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#tail.length * 2, this.#tailUsed + size));
      this.#tail.copy(larger, 0, 0, this.#tailUsed);
      this.#tail = larger;
      return;
    }
    this.#sealTail();
    this.#tail = Buffer.allocUnsafeSlow(Math.max(firstTailBytes, size));
  }

  #sealTail(): void {
    if (this.#tail && this.#tailUsed > 0) this.#chunks.push(this.#tail.subarray(0, this.#tailUsed));
    this.#tail = undefined;
    this.#tailUsed = 0;
  }
}

/** The payload, copied when it would keep alive more than twice its size and `toleratedBytes`. */
export function compact(payload: Buffer, toleratedBytes = 0): Buffer {
  const keptBytes = payload.buffer.byteLength;
  if (keptBytes <= Math.max(toleratedBytes, payload.length * 2)) return payload;
  const copy = Buffer.allocUnsafeSlow(payload.length);
  payload.copy(copy);
  return copy;
}
