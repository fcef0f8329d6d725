import { crc32, deflateRawSync, inflateRawSync } from "node:zlib";
import { EntryCollector, type ArchiveFile } from "./collect.ts";
import { ArchiveError, defaultArchiveLimits, type ArchiveLimits } from "./limits.ts";
import { packFiles } from "./pack.ts";
import { readArchiveFiles } from "./read-tar.ts";

// The zip format (PKWARE's APPNOTE 6.3), the part of it that ordinary programs write: stored and deflated entries,
// no encryption, no zip64. Names below are the note's, in short.
const endRecord = { signature: 0x06054b50, bytes: 22, longestCommentBytes: 65_535 };
const centralEntry = { signature: 0x02014b50, bytes: 46 };
const localEntry = { signature: 0x04034b50, bytes: 30 };
const stored = 0;
const deflated = 8;
const utf8Names = 0x0800;
const encrypted = 0x0001;

/** A zip as the tar that holds the same files. @throws ArchiveError as {@link readZip} */
export async function zipToTar(bytes: Uint8Array, limits: Partial<ArchiveLimits> = {}): Promise<Uint8Array> {
  return await packFiles(readZip(bytes, limits));
}

/** A tar as the zip that holds the same files. @throws ArchiveError as `readArchive` */
export async function tarToZip(bytes: Uint8Array, limits: Partial<ArchiveLimits> = {}): Promise<Uint8Array> {
  return writeZip(await readArchiveFiles(bytes, limits));
}

/**
 * Unpacks a zip in memory, under the same rules as a tar.
 * @throws ArchiveError for what leads out, is too big, unpacks to far more than it is packed, or is broken
 */
export function readZip(bytes: Uint8Array, limits: Partial<ArchiveLimits> = {}): Map<string, ArchiveFile> {
  const allLimits = { ...defaultArchiveLimits, ...limits };
  const collector = new EntryCollector(allLimits);
  const zip = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    for (const entry of centralDirectory(zip)) collect(zip, entry, collector, allLimits);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // a Buffer read past its end
    throw new ArchiveError("broken", "The archive is not a sound zip file (it ends too early).", { cause: error });
  }
  return collector.finish();
}

interface ZipEntry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly checksum: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
  /** Of a Unix system; 0 when the zip was made elsewhere. */
  readonly mode: number;
  readonly localOffset: number;
}

function* centralDirectory(zip: Buffer): Iterable<ZipEntry> {
  const end = findEndRecord(zip);
  const count = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  if (count === 0xffff || at === 0xffffffff) {
    throw new ArchiveError("unsupported_entry", "The archive is a zip64 file; send a plain zip or a tar.");
  }
  for (let index = 0; index < count; index++) {
    if (zip.readUInt32LE(at) !== centralEntry.signature) {
      throw new ArchiveError("broken", "The archive is not a sound zip file (its directory is damaged).");
    }
    const nameBytes = zip.readUInt16LE(at + 28);
    const madeOnUnix = zip.readUInt8(at + 5) === 3;
    yield {
      name: zip.toString("utf8", at + centralEntry.bytes, at + centralEntry.bytes + nameBytes),
      flags: zip.readUInt16LE(at + 8),
      method: zip.readUInt16LE(at + 10),
      checksum: zip.readUInt32LE(at + 16),
      packedBytes: zip.readUInt32LE(at + 20),
      sizeBytes: zip.readUInt32LE(at + 24),
      mode: madeOnUnix ? zip.readUInt16LE(at + 40) : 0,
      localOffset: zip.readUInt32LE(at + 42),
    };
    at += centralEntry.bytes + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
}

function findEndRecord(zip: Buffer): number {
  const first = Math.max(0, zip.length - endRecord.bytes - endRecord.longestCommentBytes);
  for (let at = zip.length - endRecord.bytes; at >= first; at--) {
    if (zip.readUInt32LE(at) === endRecord.signature) return at;
  }
  throw new ArchiveError("broken", "The archive is not a zip file (it has no directory at its end).");
}

function collect(zip: Buffer, entry: ZipEntry, collector: EntryCollector, limits: ArchiveLimits): void {
  if (entry.name.endsWith("/")) return collector.addDirectory(entry.name);
  const type = entry.mode & 0o170000;
  const isLink = type === 0o120000;
  if (type !== 0 && type !== 0o100000 && !isLink) {
    throw new ArchiveError(
      "unsupported_entry",
      `The archive's entry "${entry.name}" is neither file, directory nor link.`,
      {
        path: entry.name,
      },
    );
  }
  const content = unpack(zip, entry, collector, limits);
  if (isLink) collector.addSymbolicLink(entry.name, Buffer.from(content).toString("utf8"));
  else collector.addFile(entry.name, { content, isExecutable: (entry.mode & 0o100) !== 0 });
}

function unpack(zip: Buffer, entry: ZipEntry, collector: EntryCollector, limits: ArchiveLimits): Uint8Array {
  const refuse = (fault: "broken" | "too_big" | "unsupported_entry", why: string, cause?: unknown): ArchiveError =>
    new ArchiveError(fault, `The archive's file "${entry.name}" ${why}.`, { path: entry.name, cause });
  if ((entry.flags & encrypted) !== 0) throw refuse("unsupported_entry", "is encrypted");
  collector.checkSize(entry.name, entry.sizeBytes);
  if (entry.sizeBytes > 1024 * 1024 && entry.sizeBytes > entry.packedBytes * limits.ratio) {
    throw refuse("too_big", `unpacks to more than ${limits.ratio} times its packed size`);
  }
  if (zip.readUInt32LE(entry.localOffset) !== localEntry.signature) throw refuse("broken", "is damaged");
  const start =
    entry.localOffset +
    localEntry.bytes +
    zip.readUInt16LE(entry.localOffset + 26) +
    zip.readUInt16LE(entry.localOffset + 28);
  if (start + entry.packedBytes > zip.length) throw refuse("broken", "ends too early");
  const packed = zip.subarray(start, start + entry.packedBytes);
  const content = entry.method === stored ? packed : inflate();
  if (content.length !== entry.sizeBytes) throw refuse("broken", "has another size than the archive says");
  if (crc32(content) !== entry.checksum) throw refuse("broken", "is damaged (its checksum differs)");
  return new Uint8Array(content);

  function inflate(): Buffer {
    if (entry.method !== deflated)
      throw refuse("unsupported_entry", `is compressed by method ${entry.method}; use deflate`);
    try {
      return inflateRawSync(packed, { maxOutputLength: Math.max(entry.sizeBytes, 1) });
    } catch (error) {
      throw refuse("broken", "is damaged, or larger than the archive says", error);
    }
  }
}

/** Makes a zip of files, sorted; the same files give the same bytes. */
export function writeZip(files: ReadonlyMap<string, ArchiveFile>): Uint8Array {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const [path, { content, isExecutable }] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const name = Buffer.from(path, "utf8");
    const packed = deflateRawSync(content);
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0); // version needed: 2.0, for deflate
    shared.writeUInt16LE(utf8Names, 2);
    shared.writeUInt16LE(deflated, 4);
    shared.writeUInt16LE(0, 6);
    shared.writeUInt16LE(0x21, 8); // 1 January 1980, where the format's time begins
    shared.writeUInt32LE(crc32(content), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(content.length, 18);
    shared.writeUInt16LE(name.length, 22);
    const local = Buffer.alloc(4);
    local.writeUInt32LE(localEntry.signature, 0);
    locals.push(local, shared, name, packed);
    const head = Buffer.alloc(6);
    head.writeUInt32LE(centralEntry.signature, 0);
    head.writeUInt16LE((3 << 8) | 20, 4); // made on Unix
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(((isExecutable ? 0o100755 : 0o100644) << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    centrals.push(head, shared, tail, name);
    offset += localEntry.bytes + name.length + packed.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(endRecord.bytes);
  end.writeUInt32LE(endRecord.signature, 0);
  end.writeUInt16LE(files.size, 8);
  end.writeUInt16LE(files.size, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return new Uint8Array(Buffer.concat([...locals, directory, end]));
}
