import type { Duplex } from "node:stream";
import { FrameDecoder } from "../yamux/frame-decoder.ts";
import { encodeHeader, frameTypes } from "../yamux/frame.ts";
import type { FrameHeader } from "../yamux/frame.ts";

/** A frame as a raw peer has seen it. */
export interface SeenFrame extends FrameHeader {
  readonly payload: Buffer;
}

/** The other end of a session in tests: says any frame, keeps to no rule, and notes what it hears. */
export class RawPeer {
  readonly seen: SeenFrame[] = [];
  readonly transport: Duplex;
  readonly #waiting: { count: number; resolve: () => void }[] = [];
  #payload: Buffer[] = [];
  #header: FrameHeader | undefined;

  /** With `hears: false` it never reads. */
  constructor(transport: Duplex, { hears = true } = {}) {
    this.transport = transport;
    transport.on("error", () => undefined);
    const decoder = new FrameDecoder({
      onHeader: (type, flags, streamId, length) => {
        this.#header = { type, flags, streamId, length };
        if (type !== frameTypes.data || length === 0) this.#onFrame();
      },
      onPayload: (payload, isLast) => {
        this.#payload.push(payload);
        if (isLast) this.#onFrame();
      },
    });
    if (hears) transport.on("data", (chunk: Buffer) => decoder.push(chunk));
  }

  say(type: keyof typeof frameTypes, flags: number, streamId: number, length = 0): void {
    this.transport.write(encodeHeader({ type: frameTypes[type], flags, streamId, length }));
  }

  sayData(streamId: number, payload: Uint8Array, flags = 0): void {
    const header = encodeHeader({ type: frameTypes.data, flags, streamId, length: payload.length });
    this.transport.write(Buffer.concat([header, payload]));
  }

  /** Resolves once that many frames have been heard, in all. */
  heard(count: number): Promise<void> {
    if (this.seen.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }

  #onFrame(): void {
    if (!this.#header) return;
    this.seen.push({ ...this.#header, payload: Buffer.concat(this.#payload) });
    this.#payload = [];
    for (const waiter of this.#waiting) if (this.seen.length >= waiter.count) waiter.resolve();
  }
}
