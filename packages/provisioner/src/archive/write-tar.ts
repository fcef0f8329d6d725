import { drained } from "@hearth/base";
import { pack, type Header, type Pack } from "tar-stream";
import type { ArchiveEntry } from "./entries.ts";

const nobody = { uid: 0, gid: 0, mtime: new Date(0) } satisfies Partial<Header>;

/** A tar of the entries, in their order. The same entries give the same bytes: without owners and times. */
export async function* writeTar(
  entries: AsyncIterable<ArchiveEntry> | Iterable<ArchiveEntry>,
): AsyncGenerator<Uint8Array> {
  const writer = pack();
  const filling = fill(writer, entries).catch((error: unknown) =>
    writer.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  try {
    yield* writer as AsyncIterable<Uint8Array>; // streamx says unknown; it is bytes
    await filling;
  } finally {
    writer.destroy();
  }
}

async function fill(writer: Pack, entries: AsyncIterable<ArchiveEntry> | Iterable<ArchiveEntry>): Promise<void> {
  for await (const entry of entries) {
    if (writer.destroying) return;
    if (entry.kind === "link") {
      writer.entry({ ...nobody, name: entry.path, linkname: entry.target, type: "symlink", mode: 0o777, size: 0 });
    } else if (entry.kind === "directory") {
      if (entry.path !== "")
        writer.entry({ ...nobody, name: `${entry.path}/`, type: "directory", mode: 0o755, size: 0 });
    } else {
      await addFile(writer, entry);
    }
  }
  writer.finalize();
}

async function addFile(writer: Pack, entry: ArchiveEntry & { kind: "file" }): Promise<void> {
  const written = Promise.withResolvers<void>();
  // Where the content fails nobody waits any more, and the tar as a whole is told why.
  const heard = (): void => undefined;
  written.promise.catch(heard);
  const header = { ...nobody, name: entry.path, size: entry.sizeBytes, mode: entry.isExecutable ? 0o755 : 0o644 };
  const file = writer.entry(header, (error) => (error ? written.reject(error) : written.resolve()));
  file.on("error", heard);
  for await (const chunk of entry.content) {
    if (!file.write(chunk)) await drained(file);
  }
  file.end(undefined);
  await written.promise;
}
