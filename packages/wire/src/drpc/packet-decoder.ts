import { DrpcProtocolError } from "./errors.ts";
import { DrpcFrameDecoder } from "./frame-decoder.ts";
import { maxPacketBytes, packetKinds } from "./frame.ts";
import type { DrpcFrame, DrpcPacket } from "./frame.ts";

const knownKinds: ReadonlySet<number> = new Set(Object.values(packetKinds));

/**
 * Puts packets together from a byte stream.
 *
 * A packet that a later one overtakes is given up, as its sender has. A kind nobody knows is dropped when its sender
 * allows that.
 * @throws DrpcProtocolError for ids below 1, going down, or used again after the packet's last frame; for a kind that
 *   changes inside a packet; for an unknown kind that may not be ignored; for a packet above 4 MiB.
 */
export class PacketDecoder {
  readonly #onPacket: (packet: DrpcPacket) => void;
  readonly #frames = new DrpcFrameDecoder((frame) => this.#onFrame(frame));
  #streamId = 0;
  #messageId = 0;
  #kind = 0;
  /** Undefined when the packet with the ids above is complete, or there was none yet. */
  #parts: Buffer[] | undefined;
  #partsBytes = 0;

  constructor(onPacket: (packet: DrpcPacket) => void) {
    this.#onPacket = onPacket;
  }

  push(chunk: Buffer): void {
    this.#frames.push(chunk);
  }

  #onFrame({ kind, isLast, isIgnorable, streamId, messageId, data }: DrpcFrame & { data: Buffer }): void {
    const isSame = streamId === this.#streamId && messageId === this.#messageId;
    if (isSame ? !this.#parts : !this.#isLater(streamId, messageId)) {
      const seen = `${this.#streamId}/${this.#messageId}`;
      throw new DrpcProtocolError(`A frame has the ids ${streamId}/${messageId} after ${seen}; ids only go up.`);
    }
    if (isSame && kind !== this.#kind) {
      throw new DrpcProtocolError(`Packet ${streamId}/${messageId} changed its kind from ${this.#kind} to ${kind}.`);
    }
    if (!isSame) {
      this.#streamId = streamId;
      this.#messageId = messageId;
      this.#kind = kind;
      this.#parts = [];
      this.#partsBytes = 0;
    }
    this.#partsBytes += data.length;
    if (this.#partsBytes > maxPacketBytes) {
      throw new DrpcProtocolError(`Packet ${streamId}/${messageId} carries more than ${maxPacketBytes} bytes.`);
    }
    const isKnown = knownKinds.has(kind);
    if (!isKnown && !isIgnorable) {
      throw new DrpcProtocolError(`Packet ${streamId}/${messageId} has the unknown kind ${kind}.`);
    }
    // What will be dropped is not gathered.
    const parts = this.#parts ?? [];
    if (isKnown) parts.push(data);
    if (!isLast) return;
    this.#parts = undefined;
    const [first] = parts;
    if (isKnown)
      this.#onPacket({ kind, streamId, messageId, data: parts.length === 1 && first ? first : Buffer.concat(parts) });
  }

  #isLater(streamId: number, messageId: number): boolean {
    if (streamId < 1 || messageId < 1) return false;
    return streamId > this.#streamId || (streamId === this.#streamId && messageId > this.#messageId);
  }
}
