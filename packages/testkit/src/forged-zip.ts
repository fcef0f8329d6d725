import { crc32, deflateRawSync } from "node:zlib";

/** A file as a zip spells it, whatever that is. */
export interface ForgedFile {
  readonly name: string;
  readonly content?: Uint8Array;
  readonly symbolicLinkTo?: string;
  readonly mode?: number;
  /** What it is said to unpack to. */
  readonly saidBytes?: number;
  /** The same, where only zip64 has room for it. */
  readonly zip64Bytes?: bigint;
  readonly checksum?: number;
  readonly flags?: number;
  readonly method?: number;
  /** Its bytes are those of an earlier file. */
  readonly sharesWith?: string;
}

/** A zip that no honest program writes. @see PKWARE's APPNOTE 6.3, 4.3.7, 4.3.12, 4.3.16 and 4.5.3 */
export function forgedZip(...files: readonly ForgedFile[]): Uint8Array {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  const offsets = new Map<string, number>();
  let offset = 0;
  for (const file of files) {
    const name = Buffer.from(file.name);
    const content =
      file.symbolicLinkTo === undefined ? (file.content ?? new Uint8Array()) : Buffer.from(file.symbolicLinkTo);
    const packed = deflateRawSync(content);
    const shared = Buffer.alloc(22);
    shared.writeUInt16LE((file.flags ?? 0) | 0x0800, 0); // names are UTF-8
    shared.writeUInt16LE(file.method ?? 8, 2);
    shared.writeUInt16LE(0x21, 6);
    shared.writeUInt32LE(file.checksum ?? crc32(content), 8);
    shared.writeUInt32LE(packed.length, 12);
    shared.writeUInt32LE(file.zip64Bytes === undefined ? (file.saidBytes ?? content.length) : 0xffffffff, 16);
    shared.writeUInt16LE(name.length, 20);
    const extra = zip64Extra(file.zip64Bytes);
    const at = file.sharesWith === undefined ? offset : (offsets.get(file.sharesWith) ?? 0);
    offsets.set(file.name, at);
    if (file.sharesWith === undefined) {
      const local = Buffer.from([0x50, 0x4b, 3, 4, 20, 0]);
      locals.push(local, shared, Buffer.alloc(2), name, packed);
      offset += 30 + name.length + packed.length;
    }
    const tail = Buffer.alloc(16);
    tail.writeUInt16LE(extra.length, 0);
    const mode = file.mode ?? (file.symbolicLinkTo === undefined ? 0o100644 : 0o120777);
    tail.writeUInt32LE((mode << 16) >>> 0, 8);
    tail.writeUInt32LE(at, 12);
    centrals.push(Buffer.from([0x50, 0x4b, 1, 2, 20, 3, 20, 0]), shared, tail, name, extra); // made on Unix
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

function zip64Extra(bytes: bigint | undefined): Buffer {
  if (bytes === undefined) return Buffer.alloc(0);
  const extra = Buffer.alloc(12);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(8, 2);
  extra.writeBigUInt64LE(bytes, 4);
  return extra;
}
