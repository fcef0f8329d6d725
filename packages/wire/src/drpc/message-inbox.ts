import type { Readable } from "node:stream";
import { AsyncQueue } from "@hearth/base";

/** Messages read ahead of their consumer, in bytes, before the stream is paused. */
const readAheadBytes = 64 * 1024;
/** What keeping a message costs beside its bytes, so that empty ones count, too. */
const overheadBytes = 128;

/**
 * The messages of a streaming call on their way to one consumer.
 *
 * A consumer that does not keep up pauses the stream, and so, by its credit, the peer. One that leaves the loop lets
 * what comes later flow into nothing, so that the end of the call is still seen.
 */
export class MessageInbox implements AsyncIterable<Buffer, void, undefined> {
  readonly #stream: Readable;
  readonly #queue = new AsyncQueue<Buffer>({ capacity: Number.POSITIVE_INFINITY });
  #waitingBytes = 0;

  constructor(stream: Readable) {
    this.#stream = stream;
  }

  add(message: Buffer): void {
    if (!this.#queue.push(message)) return;
    this.#waitingBytes += message.length + overheadBytes;
    if (this.#waitingBytes > readAheadBytes) this.#stream.pause();
  }

  /** No more will come; with an error the consumer gets it after what is in line. */
  close(error?: unknown): void {
    this.#queue.close(error);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    try {
      for await (const message of this.#queue) {
        this.#waitingBytes -= message.length + overheadBytes;
        if (this.#waitingBytes <= readAheadBytes && this.#stream.isPaused()) this.#stream.resume();
        yield message;
      }
    } finally {
      this.#stream.resume();
    }
  }
}
