import { DrpcProtocolError } from "./errors.ts";

/** Kinds of packets. */
export const packetKinds = {
  invoke: 1,
  message: 2,
  error: 3,
  cancel: 4,
  close: 5,
  closeSend: 6,
  invokeMetadata: 7,
} as const;

/** The most a packet may carry, in one frame or in several. */
export const maxPacketBytes = 4 * 1024 * 1024;

const lastFrameBit = 0x01;
const ignorableBit = 0x80;
/** Peers gather frames: several of this size are easier on them than one large one. */
const splitBytes = 64 * 1024;

/** One frame. Frames of a packet share ids and kind, the last has `isLast`. Ids are at least 1. */
export interface DrpcFrame {
  readonly kind: number;
  readonly isLast: boolean;
  /** The receiver may drop the packet when it does not know its kind. */
  readonly isIgnorable: boolean;
  readonly streamId: number;
  readonly messageId: number;
  readonly data: Uint8Array;
}

/** A packet, put together from its frames. */
export interface DrpcPacket {
  readonly kind: number;
  readonly streamId: number;
  readonly messageId: number;
  readonly data: Buffer;
}

/** The control byte of a frame: bit 0 last frame, bits 1–6 kind, bit 7 ignorable. */
export function encodeControl({
  kind,
  isLast,
  isIgnorable,
}: Pick<DrpcFrame, "kind" | "isLast" | "isIgnorable">): number {
  return (isIgnorable ? ignorableBit : 0) | (kind << 1) | (isLast ? lastFrameBit : 0);
}

export function decodeControl(control: number): Pick<DrpcFrame, "kind" | "isLast" | "isIgnorable"> {
  return {
    kind: (control >> 1) & 0x3f,
    isLast: (control & lastFrameBit) !== 0,
    isIgnorable: (control & ignorableBit) !== 0,
  };
}

export function encodeFrame(frame: DrpcFrame): Buffer {
  const { streamId, messageId, data } = frame;
  const size = 1 + varintBytes(streamId) + varintBytes(messageId) + varintBytes(data.length) + data.length;
  const bytes = Buffer.allocUnsafe(size);
  bytes[0] = encodeControl(frame);
  let offset = writeVarint(bytes, 1, streamId);
  offset = writeVarint(bytes, offset, messageId);
  offset = writeVarint(bytes, offset, data.length);
  bytes.set(data, offset);
  return bytes;
}

/**
 * A packet as bytes, in frames of at most 64 KiB.
 * @throws DrpcProtocolError when its data is larger than {@link maxPacketBytes}.
 */
export function encodePacket(kind: number, streamId: number, messageId: number, data: Uint8Array): Buffer {
  if (data.length > maxPacketBytes) {
    throw new DrpcProtocolError(`A packet may carry ${maxPacketBytes} bytes, not ${data.length}.`);
  }
  const frames: Buffer[] = [];
  for (let offset = 0; offset === 0 || offset < data.length; offset += splitBytes) {
    const isLast = offset + splitBytes >= data.length;
    const part = data.subarray(offset, offset + splitBytes);
    frames.push(encodeFrame({ kind, isLast, isIgnorable: false, streamId, messageId, data: part }));
  }
  const [only] = frames;
  return frames.length === 1 && only ? only : Buffer.concat(frames);
}

function varintBytes(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

/** Ids and lengths stay far below 2^53, so plain numbers do; bit operations would stop at 2^32. */
function writeVarint(bytes: Buffer, at: number, value: number): number {
  let offset = at;
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes[offset++] = (rest % 0x80) | 0x80;
  bytes[offset++] = rest;
  return offset;
}
