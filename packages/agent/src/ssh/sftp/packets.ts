/** Types of packets of the file transfer protocol, version 3 (draft-ietf-secsh-filexfer-02). */
export const request = {
  init: 1,
  open: 3,
  close: 4,
  read: 5,
  write: 6,
  lstat: 7,
  fstat: 8,
  setstat: 9,
  fsetstat: 10,
  opendir: 11,
  readdir: 12,
  remove: 13,
  mkdir: 14,
  rmdir: 15,
  realpath: 16,
  stat: 17,
  rename: 18,
  readlink: 19,
  symlink: 20,
  extended: 200,
} as const;

export const response = {
  version: 2,
  status: 101,
  handle: 102,
  data: 103,
  name: 104,
  attrs: 105,
  extendedReply: 201,
} as const;

/** The largest packet taken, without its length field; OpenSSH's own limit, told to clients by `limits@openssh.com`. */
export const longestPacketBytes = 256 * 1024;

/** The peer does not speak the protocol; the session ends. */
export class MalformedPacketError extends Error {
  override readonly name = "MalformedPacketError";
}

/** Reads the fields of one packet in order. @throws MalformedPacketError when a field is not all there. */
export class PacketReader {
  readonly #packet: Buffer;
  #at = 0;

  constructor(packet: Buffer) {
    this.#packet = packet;
  }

  get remainingBytes(): number {
    return this.#packet.length - this.#at;
  }

  u8(): number {
    return this.#packet.readUInt8(this.#advance(1));
  }

  u32(): number {
    return this.#packet.readUInt32BE(this.#advance(4));
  }

  /** Offsets and sizes: exact up to 2^53, which no file reaches. */
  u64(): number {
    return Number(this.#packet.readBigUInt64BE(this.#advance(8)));
  }

  /** A view into the packet, not a copy. Paths are bytes: names need not be UTF-8. */
  bytes(): Buffer {
    const length = this.u32();
    const start = this.#advance(length);
    return this.#packet.subarray(start, start + length);
  }

  text(): string {
    return this.bytes().toString("utf8");
  }

  #advance(count: number): number {
    const at = this.#at;
    if (count > this.#packet.length - at) {
      throw new MalformedPacketError(`A file transfer packet of ${this.#packet.length} bytes ends inside a field.`);
    }
    this.#at += count;
    return at;
  }
}

/** Puts a packet together, with its length in front. */
export class PacketWriter {
  readonly #parts: Buffer[] = [];
  #length = 0;

  constructor(type: number) {
    this.u8(type);
  }

  u8(value: number): this {
    return this.#push(Buffer.of(value));
  }

  u32(value: number): this {
    const part = Buffer.allocUnsafe(4);
    part.writeUInt32BE(value >>> 0);
    return this.#push(part);
  }

  u64(value: number | bigint): this {
    const part = Buffer.allocUnsafe(8);
    part.writeBigUInt64BE(BigInt.asUintN(64, BigInt(value)));
    return this.#push(part);
  }

  bytes(value: Buffer | string): this {
    const bytes = typeof value === "string" ? Buffer.from(value, "utf8") : value;
    return this.u32(bytes.length).#push(bytes);
  }

  raw(value: Buffer): this {
    return this.#push(value);
  }

  finish(): Buffer {
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32BE(this.#length);
    return Buffer.concat([length, ...this.#parts], this.#length + 4);
  }

  #push(part: Buffer): this {
    this.#parts.push(part);
    this.#length += part.length;
    return this;
  }
}

/**
 * Cuts a byte stream into packets (without their length field), wherever the stream was cut.
 * @throws MalformedPacketError on a length of 0 or above {@link longestPacketBytes}.
 */
export async function* readPackets(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  for await (const chunk of input) {
    held.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes < 4) continue;
    // Joined only when a packet is complete: joining at every chunk would copy a large one many times over.
    if (heldBytes < 4 + packetLength(held)) continue;
    let joined = held.length === 1 ? chunk : Buffer.concat(held, heldBytes);
    while (joined.length >= 4) {
      const end = 4 + packetLength([joined]);
      if (joined.length < end) break;
      yield joined.subarray(4, end);
      joined = joined.subarray(end);
    }
    held = joined.length > 0 ? [joined] : [];
    heldBytes = joined.length;
  }
}

/** The length field at the front of `parts`, which hold at least four bytes. */
function packetLength(parts: readonly Buffer[]): number {
  const [first = Buffer.alloc(0)] = parts;
  const length = (first.length >= 4 ? first : Buffer.concat(parts)).readUInt32BE(0);
  if (length === 0 || length > longestPacketBytes) {
    throw new MalformedPacketError(
      `A file transfer packet of ${length} bytes; 1 to ${longestPacketBytes} are allowed.`,
    );
  }
  return length;
}
