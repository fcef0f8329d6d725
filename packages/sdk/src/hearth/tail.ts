/** The last bytes of a stream, up to a number. */
export class Tail {
  readonly #most: number;
  readonly #pieces: Uint8Array[] = [];
  #keptBytes = 0;
  /** How many came and are not kept. */
  droppedBytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  push(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    this.#keptBytes += bytes.length;
    let drop = 0;
    for (const { length } of this.#pieces) {
      if (this.#keptBytes - length < this.#most) break;
      drop++;
      this.#keptBytes -= length;
      this.droppedBytes += length;
    }
    this.#pieces.splice(0, drop);
    const tooMany = this.#keptBytes - this.#most;
    const [first] = this.#pieces;
    if (tooMany <= 0 || first === undefined) return;
    this.#pieces[0] = first.subarray(tooMany);
    this.#keptBytes -= tooMany;
    this.droppedBytes += tooMany;
  }

  /** As UTF-8; where something was dropped, from the next whole character on. */
  text(): string {
    const all = new Uint8Array(this.#keptBytes);
    let at = 0;
    for (const piece of this.#pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    let from = 0;
    if (this.droppedBytes > 0) while (from < 3 && isInside(all[from])) from++;
    return new TextDecoder().decode(all.subarray(from));
  }
}

/** Whether a byte is not the first of its character. @see RFC 3629 §3 */
function isInside(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
