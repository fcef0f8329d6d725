import { Duplex } from "node:stream";
import { YamuxProtocolError } from "./errors.ts";
import { encodeHeader, frameFlags, frameTypes, headerBytes, initialCreditBytes } from "./frame.ts";
import { compact, Inbox } from "./inbox.ts";
import type { FrameSource } from "./outbox.ts";

/** A chunk handed on at once may keep this much memory alive until it is read. */
const toleratedBytes = 65_536;
/**
 * A stream whose reader has read this many windows gets a window of twice the size. One of 256 KiB carries 13 MB/s over a
 * line of 20 ms, and every update costs both sides a system call; a stream that nobody reads never grows.
 */
const bulkWindows = 4;
const largestWindowBytes = 1024 * 1024;
const nothing: Buffer = Buffer.alloc(0);

/** What a stream asks of its session. */
export interface StreamHost {
  /** Sends a window update frame of the stream: credit, flags, or both. */
  sendUpdate(streamId: number, flags: number, creditBytes: number): void;
  /** Puts the stream in line to send. */
  ready(stream: FrameSource): void;
  /** The stream is over in both directions. */
  remove(stream: YamuxStream): void;
}

/**
 * One stream of a session: an ordinary Node `Duplex` that can be half closed.
 *
 * - `end()` ends our direction (FIN); `destroy()` before both directions have ended resets the stream (RST).
 * - Reading gives the peer credit back, once half of it is used. Who does not read holds at most one window: the
 *   initial credit, and up to 1 MiB for a stream that has been read for megabytes.
 * - A write is done when its last byte has been given to the connection, so it waits for the peer's credit.
 * - Errors: `StreamReset` from the peer, `SessionEnded` with the session.
 *
 * Invariants: `#sendCreditBytes` is 0 until the SYN is sent; the stream is in line at the session exactly while
 * `#isInLine`; every byte received is in the inbox, in the readable buffer, or read.
 */
export class YamuxStream extends Duplex implements FrameSource {
  readonly id: number;
  readonly #host: StreamHost;
  readonly #inbox = new Inbox();
  #isReaderWaiting = false;
  #announcedBytes = 0;
  #arrivedBytes = 0;
  #grantedBytes = initialCreditBytes;
  /** What the peer may have sent and we have not read. */
  #windowBytes = initialCreditBytes;
  #sendCreditBytes = 0;
  #outgoing: Buffer = nothing;
  #onWritten: ((error?: Error | null) => void) | undefined;
  #isInLine = false;
  #isOpen = false;
  #onOpen: (() => void) | undefined;
  #hasSentFin = false;
  #hasReceivedFin = false;
  #isReset = false;

  /** Made by a session only. */
  constructor(id: number, host: StreamHost) {
    // The readable buffer takes nothing ahead of the reader: what is in it counts as unread, and so does the inbox.
    super({ allowHalfOpen: true, readableHighWaterMark: 0, writableHighWaterMark: 65_536 });
    this.id = id;
    this.#host = host;
    // Whoever works with the stream sees its end; a stream nobody watches must not take the process down with the
    // connection, as an "error" event without a listener would.
    this.on("error", () => undefined);
  }

  /** Bytes received that nobody has read. */
  get unreadBytes(): number {
    return this.#inbox.sizeBytes + this.readableLength;
  }

  /** What may be sent before the peer's next window update. */
  get sendCreditBytes(): number {
    return this.#sendCreditBytes;
  }

  /** What the peer may send before our next window update. */
  get receiveCreditBytes(): number {
    return this.#grantedBytes - this.#announcedBytes;
  }

  /** The session has sent the SYN, or received it. */
  onOpened(): void {
    this.#isOpen = true;
    this.onCredit(initialCreditBytes);
    this.#onOpen?.();
    this.#onOpen = undefined;
  }

  /** The peer gives credit. @throws YamuxProtocolError when it sums up to more than a window can be. */
  onCredit(bytes: number): void {
    this.#sendCreditBytes += bytes;
    if (this.#sendCreditBytes > 0xffff_ffff) {
      throw new YamuxProtocolError(`The credit of stream ${this.id} has grown beyond 32 bits.`);
    }
    this.#getInLine();
  }

  /** The header of a data frame. @throws YamuxProtocolError when it is longer than the peer's credit. */
  onDataHeader(length: number): void {
    if (length > this.receiveCreditBytes) {
      const credit = this.receiveCreditBytes;
      throw new YamuxProtocolError(`Stream ${this.id} was sent ${length} bytes with a credit of ${credit}.`);
    }
    this.#announcedBytes += length;
    if (this.#hasReceivedFin && length > 0)
      this.destroy(new YamuxProtocolError(`Stream ${this.id} got data after FIN.`));
  }

  onPayload(payload: Buffer): void {
    if (this.destroyed) return;
    this.#arrivedBytes += payload.length;
    if (!this.#isReaderWaiting) {
      this.#inbox.add(payload);
      return;
    }
    this.#isReaderWaiting = this.push(compact(payload, toleratedBytes));
    this.#grantCredit();
  }

  onFin(): void {
    if (this.#hasReceivedFin) return;
    this.#hasReceivedFin = true;
    if (this.#inbox.sizeBytes === 0) this.push(null);
    this.#removeWhenOver();
  }

  /** The peer reset the stream, or the session is over: no frame of it may be sent any more. */
  onReset(error: Error): void {
    this.#isReset = true;
    this.destroy(error);
  }

  override _read(): void {
    const chunk = this.#inbox.take();
    // The readable buffer holds no more than this one chunk; the reader asks again once it is taken.
    this.#isReaderWaiting = chunk ? this.push(chunk) : true;
    if (this.#hasReceivedFin && this.#inbox.sizeBytes === 0) this.push(null);
  }

  /** Every way to read comes through here, or through `onPayload` when a chunk is handed on at once. */
  override read(size?: number): unknown {
    const chunk: unknown = super.read(size);
    this.#grantCredit();
    return chunk;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(chunk, done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: () => void): void {
    if (!this.#isOpen) {
      this.#onOpen = () => this._final(done);
      return;
    }
    this.#hasSentFin = true;
    if (!this.#isReset) this.#host.sendUpdate(this.id, frameFlags.fin, 0);
    this.#removeWhenOver();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#inbox.clear();
    this.#outgoing = nothing;
    const onWritten = this.#onWritten;
    this.#onWritten = undefined;
    const isOver = this.#hasSentFin && this.#hasReceivedFin;
    if (!isOver && !this.#isReset && this.#isOpen) this.#host.sendUpdate(this.id, frameFlags.rst, 0);
    this.#isReset ||= !isOver;
    this.#host.remove(this);
    onWritten?.(error ?? new Error(`Stream ${this.id} was destroyed before its data was sent.`));
    done(error);
  }

  takeFrame(batch: Buffer[], maxPayloadBytes: number): number {
    this.#isInLine = false;
    const length = Math.min(this.#outgoing.length, maxPayloadBytes, this.#sendCreditBytes);
    if (length === 0) return 0;
    this.#sendCreditBytes -= length;
    batch.push(encodeHeader({ type: frameTypes.data, flags: 0, streamId: this.id, length }));
    batch.push(this.#outgoing.subarray(0, length));
    this.#outgoing = this.#outgoing.subarray(length);
    return headerBytes + length;
  }

  onFrameTaken(): void {
    if (this.#outgoing.length > 0) {
      this.#getInLine();
      return;
    }
    const onWritten = this.#onWritten;
    this.#onWritten = undefined;
    onWritten?.();
  }

  #send(bytes: Buffer, done: (error?: Error | null) => void): void {
    if (bytes.length === 0) return done();
    this.#outgoing = bytes;
    this.#onWritten = done;
    this.#getInLine();
  }

  #getInLine(): void {
    if (this.#isInLine || this.#outgoing.length === 0 || this.#sendCreditBytes === 0) return;
    this.#isInLine = true;
    this.#host.ready(this);
  }

  /** Gives back what has been read, once that is half a window: an update per chunk would double the frames. */
  #grantCredit(): void {
    if (this.#hasReceivedFin || this.destroyed) return;
    const readBytes = this.#arrivedBytes - this.unreadBytes;
    const isBulk = readBytes >= bulkWindows * this.#windowBytes;
    if (isBulk && this.#windowBytes < largestWindowBytes) this.#windowBytes *= 2;
    const creditBytes = readBytes + this.#windowBytes - this.#grantedBytes;
    if (creditBytes < this.#windowBytes / 2) return;
    this.#grantedBytes += creditBytes;
    this.#host.sendUpdate(this.id, 0, creditBytes);
  }

  #removeWhenOver(): void {
    if (this.#hasSentFin && this.#hasReceivedFin) this.#host.remove(this);
  }
}
