/** What a chunk of typed keys comes to. */
export interface Typed {
  /** To be sent on. */
  readonly keys: Buffer;
  /** `~.` was typed at the beginning of a line: leave. */
  readonly leaves: boolean;
}

const tilde = 0x7e;
const dot = 0x2e;

/**
 * Finds `~.` after a line's end in what is typed, as in `ssh`: the way out of a session that does not answer any more.
 * A tilde waits for the key after it; `~~` sends one.
 */
export class EscapeSequence {
  #isLineStart = true;
  #hasTilde = false;

  feed(chunk: Buffer): Typed {
    const keys: number[] = [];
    for (const key of chunk) {
      if (this.#hasTilde) {
        this.#hasTilde = false;
        if (key === dot) return { keys: Buffer.from(keys), leaves: true };
        keys.push(tilde);
        this.#isLineStart = false;
        if (key === tilde) continue;
      } else if (key === tilde && this.#isLineStart) {
        this.#hasTilde = true;
        continue;
      }
      keys.push(key);
      this.#isLineStart = key === 0x0d || key === 0x0a;
    }
    return { keys: Buffer.from(keys), leaves: false };
  }
}
