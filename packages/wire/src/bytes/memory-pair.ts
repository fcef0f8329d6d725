import { Duplex } from "node:stream";

export interface MemoryPairOptions {
  /**
   * Cuts what is written into pieces: given how many bytes are left, says how many come next (at least 1).
   * By default a write arrives as it was made.
   */
  chop?: (leftBytes: number) => number;
  /** Bytes that wait unread on one side before the other's writes do. @default 65536 */
  highWaterMarkBytes?: number;
}

/**
 * Two ends of a byte stream in memory: what is written to one is read from the other, in order.
 *
 * Like a socket: a writer waits while the other side does not read, each direction ends on its own, and destroying one
 * end cuts the other off (`end` when it had been ended in both directions, an error otherwise). Bytes are passed on
 * without a copy and without an added turn of the event loop.
 */
export function memoryPair(options: MemoryPairOptions = {}): [Duplex, Duplex] {
  const one = new MemoryEnd(options);
  const two = new MemoryEnd(options);
  one.peer = two;
  two.peer = one;
  return [one, two];
}

class MemoryEnd extends Duplex {
  peer: MemoryEnd | undefined;
  readonly #chop: ((leftBytes: number) => number) | undefined;
  #onRead: (() => void) | undefined;

  constructor({ chop, highWaterMarkBytes = 65_536 }: MemoryPairOptions) {
    super({ allowHalfOpen: true, highWaterMark: highWaterMarkBytes });
    this.#chop = chop;
  }

  override _read(): void {
    const onRead = this.#onRead;
    this.#onRead = undefined;
    onRead?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.peer?.deliver(this.#cut(chunk), done) !== true) done(new Error("The other end of the pair is gone."));
  }

  override _final(done: () => void): void {
    if (this.peer?.destroyed === false) this.peer.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const peer = this.peer;
    this.peer = undefined;
    done(error);
    // After `done`, as a socket's peer learns of a cut later than the side that made it.
    process.nextTick(() => peer?.cut(this.writableFinished));
  }

  /** Gives the pieces to this end's reader, and calls `done` when they may be followed by more. False: it is gone. */
  deliver(pieces: Buffer[], done: () => void): boolean {
    if (this.destroyed) return false;
    let wantsMore = true;
    for (const piece of pieces) wantsMore = this.push(piece);
    if (wantsMore) done();
    else this.#onRead = done;
    return true;
  }

  /** The other end is gone. */
  cut(wasEnded: boolean): void {
    this.peer = undefined;
    this._read();
    if (!wasEnded) this.destroy(new Error("The other end of the pair was destroyed."));
  }

  #cut(chunk: Buffer): Buffer[] {
    if (!this.#chop) return [chunk];
    const pieces: Buffer[] = [];
    for (let offset = 0; offset < chunk.length;) {
      const size = Math.max(1, Math.min(this.#chop(chunk.length - offset), chunk.length - offset));
      pieces.push(chunk.subarray(offset, offset + size));
      offset += size;
    }
    return pieces;
  }
}
