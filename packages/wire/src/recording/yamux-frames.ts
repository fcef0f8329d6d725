import { FrameDecoder } from "../yamux/frame-decoder.ts";
import type { FrameHeader } from "../yamux/frame.ts";
import type { RecordedMessage, Side } from "./web-socket-messages.ts";

/** One yamux frame of a recording, at the time when its last byte was seen. */
export interface RecordedFrame {
  readonly atMs: number;
  readonly from: Side;
  readonly header: FrameHeader;
  /** A data frame's payload, empty for others. */
  readonly payload: Buffer;
}

/**
 * The frames of a recording in the order in which they were complete. `unfinished` is, by side, what a recording that
 * ends inside a frame has of it, header included; empty otherwise.
 */
export function decodeFrames(messages: readonly RecordedMessage[]): {
  frames: RecordedFrame[];
  unfinished: Record<Side, Buffer>;
} {
  const frames: RecordedFrame[] = [];
  const sides = { client: new SideDecoder("client", frames), server: new SideDecoder("server", frames) };
  for (const { atMs, from, data } of messages) sides[from].push(atMs, data);
  return { frames, unfinished: { client: sides.client.unfinished, server: sides.server.unfinished } };
}

class SideDecoder {
  readonly #from: Side;
  readonly #frames: RecordedFrame[];
  readonly #decoder: FrameDecoder;
  #atMs = 0;
  #header: FrameHeader | undefined;
  #payload: Buffer[] = [];
  #seen = Buffer.alloc(0);
  #doneBytes = 0;

  constructor(from: Side, frames: RecordedFrame[]) {
    this.#from = from;
    this.#frames = frames;
    this.#decoder = new FrameDecoder({
      onHeader: (type, flags, streamId, length) => this.#onHeader({ type, flags, streamId, length }),
      onPayload: (payload, isLast) => this.#onPayload(payload, isLast),
    });
  }

  get unfinished(): Buffer {
    return this.#seen.subarray(this.#doneBytes);
  }

  push(atMs: number, data: Buffer): void {
    this.#atMs = atMs;
    this.#seen = Buffer.concat([this.#seen, data]);
    this.#decoder.push(data);
  }

  #onHeader(header: FrameHeader): void {
    this.#header = header;
    if (header.type !== 0 || header.length === 0) this.#finish(Buffer.alloc(0));
  }

  #onPayload(payload: Buffer, isLast: boolean): void {
    this.#payload.push(payload);
    if (isLast) this.#finish(Buffer.concat(this.#payload));
  }

  #finish(payload: Buffer): void {
    const header = this.#header;
    if (!header) return;
    this.#frames.push({ atMs: this.#atMs, from: this.#from, header, payload });
    this.#header = undefined;
    this.#payload = [];
    this.#doneBytes += 12 + payload.length;
  }
}
