import { Duplex } from "node:stream";
import { WebSocket } from "ws";
import type { RawData } from "ws";
import { WebSocketClosed } from "./web-socket-closed.ts";
import { divertPayload, sendTogether } from "./ws-internals.ts";

export { WebSocketClosed };

/** The largest WebSocket message either side takes; give it to `ws` as `maxPayload`. */
export const maxMessageBytes = 4 * 1024 * 1024;

/** Larger writes leave as several messages. Well below the limit, and large enough that the split costs nothing. */
const messageSplitBytes = 1024 * 1024;

export interface WebSocketStreamOptions {
  /** The socket is paused while this much waits to be read. @default 262144 */
  highWaterMarkBytes?: number;
}

/**
 * The binary messages of a WebSocket as one byte stream in each direction; borders between messages mean nothing.
 *
 * - A write is done when the kernel has taken it, so a slow peer holds the writer back; while nobody reads, the socket
 *   is paused, so a fast peer is held back.
 * - `end()` closes with code 1000 and finishes once the socket is closed. A WebSocket cannot be half closed: what the
 *   peer sends after that is dropped.
 * - A close by the peer with code 1000 (or none) ends the stream; any other code, a cut, or a text message destroys it.
 * - `destroy()` cuts the connection without a closing handshake.
 *
 * Takes a socket that is still connecting, too. Make the socket with `perMessageDeflate: false`.
 * @throws WebSocketClosed through `error` events.
 * @see agent wire, layer 1
 */
export function webSocketStream(socket: WebSocket, options: WebSocketStreamOptions = {}): Duplex {
  return new WebSocketStream(socket, options.highWaterMarkBytes ?? 256 * 1024);
}

class WebSocketStream extends Duplex {
  readonly #socket: WebSocket;
  #isClosing = false;

  constructor(socket: WebSocket, highWaterMarkBytes: number) {
    super({ allowHalfOpen: false, highWaterMark: highWaterMarkBytes });
    this.#socket = socket;
    socket.binaryType = "nodebuffer";
    socket.on("message", (data, isBinary) => this.#onMessage(data, isBinary));
    socket.on("close", (code, reason) => this.#onClose(code, reason.toString("utf8")));
    socket.on("error", (error) => this.destroy(error));
  }

  override _construct(done: (error?: Error | null) => void): void {
    if (this.#socket.readyState !== WebSocket.CONNECTING) return this.#onOpen(done);
    const onOpen = (): void => {
      this.#socket.off("close", onClose);
      this.#onOpen(done);
    };
    const onClose = (): void => {
      this.#socket.off("open", onOpen);
      // A socket that fails has said why by "error"; that has destroyed this stream, which waits for `done`.
      if (this.destroyed) done();
      else done(new WebSocketClosed(1006, "it was never opened"));
    };
    this.#socket.once("open", onOpen);
    this.#socket.once("close", onClose);
  }

  override _read(): void {
    if (this.#socket.isPaused) this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(chunk, done);
  }

  /** What gathered while the write before was on its way leaves together. */
  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    sendTogether(this.#socket, () => {
      const last = chunks.length - 1;
      chunks.forEach(({ chunk }, index) => this.#send(chunk, index === last ? done : undefined));
    });
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#isClosing = true;
    if (this.#socket.readyState === WebSocket.CLOSED) return done();
    this.#socket.once("close", () => done());
    this.#socket.close(1000);
    // The peer's half of the closing handshake can only be read from a socket that is not paused.
    this.#socket.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#isClosing = true;
    if (this.#socket.readyState === WebSocket.CLOSED) return done(error);
    this.#socket.once("close", () => done(error));
    this.#socket.terminate();
  }

  #onOpen(done: () => void): void {
    divertPayload(this.#socket, {
      maxFrameBytes: maxMessageBytes,
      onPayload: (payload) => this.#onPayload(payload),
    });
    done();
  }

  /** Without `done`, a later write speaks for this one: messages leave in order, and an error fails all that follow. */
  #send(bytes: Buffer, done?: (error?: Error | null) => void): void {
    let offset = 0;
    for (; bytes.length - offset > messageSplitBytes; offset += messageSplitBytes) {
      this.#socket.send(bytes.subarray(offset, offset + messageSplitBytes), sendOptions);
    }
    this.#socket.send(offset === 0 ? bytes : bytes.subarray(offset), sendOptions, done);
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (!isBinary && !this.#isClosing) {
      this.destroy(new WebSocketClosed(1003, "the peer sent a text message where only binary ones are understood"));
      return;
    }
    this.#onPayload(data as Buffer); // `binaryType` is "nodebuffer", so the message is one Buffer
  }

  #onPayload(payload: Buffer): void {
    if (this.#isClosing || payload.length === 0) return;
    if (!this.push(payload)) this.#socket.pause();
  }

  #onClose(code: number, reason: string): void {
    if (this.#isClosing || code === 1000 || code === 1005) this.push(null);
    else this.destroy(new WebSocketClosed(code, reason));
  }
}

const sendOptions = { binary: true, compress: false } as const;
