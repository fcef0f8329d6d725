/** Frame types of yamux version 0. */
export const frameTypes = { data: 0, windowUpdate: 1, ping: 2, goAway: 3 } as const;

/** Flags of a frame. On a ping, SYN asks and ACK answers. */
export const frameFlags = { syn: 1, ack: 2, fin: 4, rst: 8 } as const;

/** Codes of a go away frame. */
export const goAwayCodes = { normal: 0, protocolError: 1, internalError: 2 } as const;

export const headerBytes = 12;

/** What each direction of a stream may send before the first window update. */
export const initialCreditBytes = 262_144;

/** A frame's header. `length` is payload bytes, credit, a ping's value or a go away's code, by type. */
export interface FrameHeader {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly length: number;
}

/** The twelve bytes of a header, big endian: version 0, type, flags, stream id, length. */
export function encodeHeader({ type, flags, streamId, length }: FrameHeader): Buffer {
  const header = Buffer.allocUnsafe(headerBytes);
  header[0] = 0;
  header[1] = type;
  header.writeUInt16BE(flags, 2);
  header.writeUInt32BE(streamId, 4);
  header.writeUInt32BE(length, 8);
  return header;
}
