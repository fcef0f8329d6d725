import { once } from "node:events";
import type { Duplex } from "node:stream";
import { decodeError } from "./error-packet.ts";
import { encodePacket, packetKinds } from "./frame.ts";
import type { DrpcPacket } from "./frame.ts";
import { MessageInbox } from "./message-inbox.ts";
import { PacketDecoder } from "./packet-decoder.ts";

/** The caller's side of a call with messages in both directions. */
export interface DrpcCall {
  /**
   * What the callee sends; ends when it has said its last word, or when we have closed the call. For one consumer.
   * @throws DrpcError, SessionEnded, StreamReset, or the signal's reason, from the iteration.
   */
  readonly messages: AsyncIterable<Buffer, void, undefined>;
  /** Resolves once the message is on its way: waits for the peer's credit. @throws when the call is over. */
  send(message: Uint8Array): Promise<void>;
  /** We have said our last word; answers may go on. */
  closeSend(): void;
  /** Ends the call in order. */
  close(): void;
}

export class ClientCall implements DrpcCall {
  readonly messages: MessageInbox;
  readonly #stream: Duplex;
  readonly #callId: number;
  readonly #signal: AbortSignal | undefined;
  readonly #decoder: PacketDecoder;
  readonly #onAbort = (): void => this.#finish(this.#signal?.reason);
  #messageId = 0;
  #hasClosedSend = false;
  #isOver = false;

  constructor(stream: Duplex, callId: number, method: string, signal: AbortSignal | undefined) {
    this.#stream = stream;
    this.#callId = callId;
    this.#signal = signal;
    this.messages = new MessageInbox(stream);
    this.#decoder = new PacketDecoder((packet) => this.#onPacket(packet));
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    stream.on("data", (chunk: Buffer) => this.#onData(chunk));
    stream.on("end", () => this.close());
    stream.on("error", (error) => this.#finish(error));
    stream.on("close", () => this.#finish());
    this.#write(packetKinds.invoke, Buffer.from(method));
  }

  async send(message: Uint8Array): Promise<void> {
    this.#signal?.throwIfAborted();
    if (this.#isOver || this.#hasClosedSend) throw new Error("The call is over: no more messages can be sent on it.");
    if (!this.#write(packetKinds.message, message)) await drained(this.#stream);
  }

  closeSend(): void {
    if (this.#isOver || this.#hasClosedSend) return;
    this.#hasClosedSend = true;
    this.#write(packetKinds.closeSend, nothing);
  }

  close(): void {
    if (this.#isOver) return;
    if (this.#stream.writable) this.#write(packetKinds.close, nothing);
    this.#finish();
  }

  #write(kind: number, data: Uint8Array): boolean {
    return this.#stream.write(encodePacket(kind, this.#callId, ++this.#messageId, data));
  }

  #onData(chunk: Buffer): void {
    if (this.#isOver) return; // Late, and dropped.
    try {
      this.#decoder.push(chunk);
    } catch (error) {
      this.#finish(error);
    }
  }

  #onPacket({ kind, data }: DrpcPacket): void {
    if (this.#isOver) return;
    if (kind === packetKinds.message) this.messages.add(data);
    else if (kind === packetKinds.error) this.#end(decodeError(data));
    else if (kind === packetKinds.closeSend) this.messages.close();
    else if (kind === packetKinds.close || kind === packetKinds.cancel) this.#end();
  }

  /** The callee has ended the call: our direction follows. */
  #end(error?: unknown): void {
    this.#settle(error);
    this.#stream.end();
  }

  /** The end by us or by the connection; with an error the stream is reset. */
  #finish(error?: unknown): void {
    if (this.#isOver) return;
    this.#settle(error);
    if (error === undefined) this.#stream.end();
    else this.#stream.destroy();
  }

  #settle(error: unknown): void {
    this.#isOver = true;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.messages.close(error);
    this.#stream.resume(); // A consumer that fell behind has paused it; the callee's end must still be read.
  }
}

const nothing = Buffer.alloc(0);

/** Resolves when the stream may be written again. @throws what broke it. */
export async function drained(stream: Duplex): Promise<void> {
  const stop = new AbortController();
  const { signal } = stop;
  try {
    await Promise.race([once(stream, "drain", { signal }), closed(stream, signal)]);
  } finally {
    stop.abort();
  }
}

async function closed(stream: Duplex, signal: AbortSignal): Promise<never> {
  await once(stream, "close", { signal });
  throw stream.errored ?? new Error("The stream was closed while a message waited to be sent.");
}
