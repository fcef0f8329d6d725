import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { ZipFile } from "yazl";
import type { ArchiveEntry } from "./entries.ts";

/** The format's time begins here; it knows no zones, so that this is the same everywhere. */
const options = { mtime: new Date(1980, 0, 1), forceDosTimestamp: true };

/** A zip of the entries, in their order. The same entries give the same bytes. */
export async function* writeZip(entries: AsyncIterable<ArchiveEntry>): AsyncGenerator<Uint8Array> {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable; // of the library's own making, a PassThrough
  const fail = (error: unknown) => void output.destroy(error instanceof Error ? error : new Error(String(error)));
  zip.on("error", fail);
  const filling = fill(zip, entries).catch(fail);
  try {
    yield* output as AsyncIterable<Uint8Array>;
    await filling;
  } finally {
    output.destroy();
  }
}

async function fill(zip: ZipFile, entries: AsyncIterable<ArchiveEntry>): Promise<void> {
  for await (const entry of entries) {
    if (entry.kind === "directory") {
      if (entry.path !== "") zip.addEmptyDirectory(entry.path, { ...options, mode: 0o040755 });
    } else if (entry.kind === "link") {
      // Its content is what it points at, its kind stands in the mode.
      zip.addBuffer(Buffer.from(entry.target), entry.path, { ...options, mode: 0o120777, compress: false });
    } else {
      const content = Readable.from(entry.content);
      const mode = entry.isExecutable ? 0o100755 : 0o100644;
      const size = entry.sizeBytes;
      zip.addReadStreamLazy(entry.path, { ...options, mode, size }, (ready) => ready(null, content));
      // The next entry of a tar comes when this one has been read.
      await finished(content, { writable: false });
    }
  }
  zip.end();
}
