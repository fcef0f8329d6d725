import { crc32 } from "node:zlib";
import { messageOf } from "@hearth/base";
import yauzl, { type Entry, type ZipFile } from "yauzl";
import { gather, type ArchiveEntry } from "./entries.ts";
import { shownName } from "./entry-path.ts";
import type { EntryTree } from "./entry-tree.ts";
import { ArchiveError, type ArchiveLimits } from "./limits.ts";

/** Below this a file may unpack to any multiple of its packed size. */
const mostUncheckedBytes = 1024 * 1024;

/** A zip that can be read from anywhere in it: a file, or bytes. */
export type ZipSource = { readonly path: string } | { readonly bytes: Uint8Array };

/**
 * The entries of a zip in the order of its directory, each put into the tree before it is told.
 * @throws ArchiveError for what the tree refuses, for what is too big or unpacks to far more than it is packed, for files
 *   that lie over each other, and for what is no sound zip
 */
export async function* readZip(
  source: ZipSource,
  tree: EntryTree,
  limits: ArchiveLimits,
): AsyncGenerator<ArchiveEntry> {
  try {
    yield* entriesOf(source, tree, limits);
  } catch (error) {
    if (error instanceof ArchiveError) throw error;
    const why = messageOf(error);
    throw new ArchiveError("broken", `The archive is not a sound zip file (${why}).`, { cause: error });
  }
}

async function* entriesOf(source: ZipSource, tree: EntryTree, limits: ArchiveLimits): AsyncGenerator<ArchiveEntry> {
  const zip = await open(source);
  try {
    const entries = await directoryOf(zip, limits);
    await refuseShared(zip, entries);
    for (const entry of entries) yield await found(zip, entry, tree, limits);
  } finally {
    zip.close();
  }
}

async function open(source: ZipSource): Promise<ZipFile> {
  // Names are read below, so that each is refused in our words.
  const options = { autoClose: false, decodeStrings: false, validateEntrySizes: true };
  if ("path" in source) return await yauzl.openPromise(source.path, options);
  const { buffer, byteOffset, byteLength } = source.bytes;
  return await yauzl.fromBufferPromise(Buffer.from(buffer, byteOffset, byteLength), options);
}

/** The whole directory, held to what a zip may unpack to before anything is unpacked. */
async function directoryOf(zip: ZipFile, limits: ArchiveLimits): Promise<Entry[]> {
  const entries: Entry[] = [];
  let totalBytes = 0;
  for await (const entry of zip.eachEntry()) {
    if (entries.length === limits.entries) {
      const message = `The archive holds more than the ${limits.entries} entries allowed.`;
      throw new ArchiveError("too_big", message, { limit: "entries" });
    }
    entries.push(entry);
    totalBytes += entry.uncompressedSize;
    if (totalBytes > Math.max(mostUncheckedBytes, zip.fileSize * limits.ratio)) {
      const message = `The archive unpacks to more than ${limits.ratio} times its packed size, at ${shownName(nameOf(entry))}.`;
      throw new ArchiveError("too_big", message, { path: nameOf(entry), limit: "ratio" });
    }
  }
  return entries;
}

/** Files that share their bytes are how a small zip unpacks to as much as somebody likes. */
async function refuseShared(zip: ZipFile, entries: readonly Entry[]): Promise<void> {
  let end = 0;
  for (const entry of entries.toSorted((a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader)) {
    const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
    if (entry.relativeOffsetOfLocalHeader < end) throw refusal(entry, "broken", "lies over another one");
    end = fileDataStart + entry.compressedSize;
    if (end > zip.fileSize) throw refusal(entry, "broken", "ends too early");
  }
}

async function found(zip: ZipFile, entry: Entry, tree: EntryTree, limits: ArchiveLimits): Promise<ArchiveEntry> {
  const name = nameOf(entry);
  const madeOnUnix = entry.versionMadeBy >> 8 === 3;
  const mode = madeOnUnix ? entry.externalFileAttributes >>> 16 : 0;
  const type = mode & 0o170000;
  if (name.endsWith("/")) return { kind: "directory", path: tree.addDirectory(name) };
  if (type === 0o120000) {
    if (entry.uncompressedSize > limits.pathBytes) {
      const why = `points at something longer than ${limits.pathBytes} bytes`;
      throw refusal(entry, "too_big", why, { limit: "pathBytes" });
    }
    const target = await gather(contentOf(zip, entry));
    return { kind: "link", ...tree.addSymbolicLink(name, new TextDecoder().decode(target)) };
  }
  if (type !== 0 && type !== 0o100000) throw refusal(entry, "unsupported_entry", "is neither file, directory nor link");
  const path = tree.addFile(name, entry.uncompressedSize);
  if (entry.uncompressedSize > mostUncheckedBytes && entry.uncompressedSize > entry.compressedSize * limits.ratio) {
    throw refusal(entry, "too_big", `unpacks to more than ${limits.ratio} times its packed size`, { limit: "ratio" });
  }
  const isExecutable = (mode & 0o100) !== 0;
  return { kind: "file", path, sizeBytes: entry.uncompressedSize, isExecutable, content: contentOf(zip, entry) };
}

async function* contentOf(zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  if (entry.isEncrypted()) throw refusal(entry, "unsupported_entry", "is encrypted");
  const { compressionMethod } = entry;
  if (compressionMethod !== 0 && compressionMethod !== 8) {
    throw refusal(entry, "unsupported_entry", `is compressed by method ${compressionMethod}; use deflate`);
  }
  let checksum = 0;
  try {
    for await (const chunk of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Uint8Array>) {
      checksum = crc32(chunk, checksum);
      yield chunk;
    }
  } catch (error) {
    throw refusal(entry, "broken", "is damaged, or has another size than the archive says", { cause: error });
  }
  if (checksum !== entry.crc32) throw refusal(entry, "broken", "is damaged (its checksum differs)");
}

function nameOf(entry: Entry): string {
  return yauzl.getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true);
}

function refusal(
  entry: Entry,
  fault: "broken" | "too_big" | "unsupported_entry",
  why: string,
  options: { limit?: keyof ArchiveLimits; cause?: unknown } = {},
): ArchiveError {
  const path = nameOf(entry);
  return new ArchiveError(fault, `The archive's file ${shownName(path)} ${why}.`, { path, ...options });
}
