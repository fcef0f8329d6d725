import { inPieces, type ArchiveEntry, type ByteStream } from "./entries.ts";
import { EntryTree } from "./entry-tree.ts";
import type { ArchiveLimits } from "./limits.ts";
import { readTar } from "./read-tar.ts";
import { readZip, type ZipSource } from "./read-zip.ts";
import { writeTar } from "./write-tar.ts";
import { writeZip } from "./write-zip.ts";

/** Of what conversions give. */
export const pieceBytes = 256 * 1024;

/**
 * A zip as the tar that holds the same entries; links stay links, so that it is no larger than what is in the zip.
 *
 * Whether links lead somewhere is known at the end: what came is worth nothing when this throws.
 * @throws ArchiveError as `readZip`
 */
export function zipToTar(source: ZipSource, limits: ArchiveLimits): AsyncGenerator<Uint8Array> {
  const tree = new EntryTree(limits);
  return inPieces(writeTar(checked(readZip(source, tree, limits), tree)), pieceBytes);
}

/** A tar as the zip that holds the same entries; as {@link zipToTar}. @throws ArchiveError as `readTar` */
export function tarToZip(source: ByteStream, limits: ArchiveLimits): AsyncGenerator<Uint8Array> {
  const tree = new EntryTree(limits);
  return inPieces(writeZip(checked(readTar(source, tree, limits), tree)), pieceBytes);
}

async function* checked(entries: AsyncIterable<ArchiveEntry>, tree: EntryTree): AsyncGenerator<ArchiveEntry> {
  yield* entries;
  tree.checkLinks();
}
