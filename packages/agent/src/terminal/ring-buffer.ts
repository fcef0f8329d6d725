/** The last bytes of a stream. */
export class RingBuffer {
  readonly #capacityBytes: number;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk.length > this.#capacityBytes ? Buffer.from(chunk.subarray(-this.#capacityBytes)) : chunk);
    this.#bytes += Math.min(chunk.length, this.#capacityBytes);
    while (this.#bytes > this.#capacityBytes) this.#cutFront(this.#bytes - this.#capacityBytes);
  }

  /** Everything kept, oldest first; never begins in the middle of a UTF-8 character that was cut. */
  contents(): Buffer {
    const all = Buffer.concat(this.#chunks);
    if (this.#bytes < this.#capacityBytes) return all;
    let start = 0;
    while (start < 3 && ((all[start] ?? 0) & 0xc0) === 0x80) start++;
    return all.subarray(start);
  }

  #cutFront(count: number): void {
    const first = this.#chunks.shift();
    if (!first) return;
    const kept = first.subarray(Math.min(count, first.length));
    if (kept.length > 0) this.#chunks.unshift(kept);
    this.#bytes -= first.length - kept.length;
  }
}
