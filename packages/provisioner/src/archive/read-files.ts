import { gather, type ByteStream } from "./entries.ts";
import { EntryTree } from "./entry-tree.ts";
import { ArchiveError, type ArchiveLimits } from "./limits.ts";
import { readTar } from "./read-tar.ts";

/**
 * Unpacks a tar (also a gzipped one) in memory: path → bytes, sorted by path. Empty directories are not told.
 *
 * Links become what they point at: a link to a file its copy (sharing its bytes), one to a directory copies of all files
 * below, and all of them count. So whoever has the result has plain files only.
 * @throws ArchiveError for all that `EntryTree` and `readTar` refuse
 */
export async function readFiles(source: ByteStream, limits: ArchiveLimits): Promise<Map<string, Uint8Array>> {
  const tree = new EntryTree(limits);
  const files = new Map<string, Uint8Array>();
  for await (const entry of readTar(source, tree, limits)) {
    if (entry.kind === "file") files.set(entry.path, await gather(entry.content));
  }
  for (const [path, of] of tree.copies()) {
    const content = files.get(of);
    if (content === undefined) throw new Error(`a link's file is not there: ${of}`);
    if (files.has(path)) throw new ArchiveError("duplicate", `The archive holds "${path}" twice.`, { path });
    files.set(path, content);
  }
  return new Map([...files].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
