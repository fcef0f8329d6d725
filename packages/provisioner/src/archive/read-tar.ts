import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { feed, messageOf } from "@hearth/base";
import { extract, type Extract } from "tar-stream";
import type { ArchiveEntry, ByteStream } from "./entries.ts";
import { shownName } from "./entry-path.ts";
import type { EntryTree } from "./entry-tree.ts";
import { ArchiveError, type ArchiveLimits } from "./limits.ts";

/**
 * The entries of a tar (also a gzipped one) as they come, each put into the tree before it is told.
 * @throws ArchiveError for what the tree refuses, for devices and the like, and for what is no sound tar
 */
export async function* readTar(
  source: ByteStream,
  tree: EntryTree,
  limits: ArchiveLimits,
): AsyncGenerator<ArchiveEntry> {
  const reader = extract();
  const feeding = feed(reader, unpacked(source, limits));
  try {
    for await (const entry of reader) {
      yield found(entry, tree);
      entry.resume(); // the next entry comes only when this one has been read
    }
    await feeding;
  } catch (error) {
    throw asBroken(error);
  } finally {
    reader.destroy();
    await feeding;
  }
}

type TarEntry = Extract extends AsyncIterable<infer E> ? E : never;

function found(entry: TarEntry, tree: EntryTree): ArchiveEntry {
  const { name, linkname, size, mode, pax } = entry.header;
  // The library's types promise a known kind and a link's target; an archive may hold neither.
  const type: typeof entry.header.type | null = entry.header.type;
  const target: string | null = linkname;
  switch (type) {
    case "file":
    case "contiguous-file": {
      if (Object.keys(pax ?? {}).some((key) => key.startsWith("GNU.sparse."))) {
        throw new ArchiveError("unsupported_entry", `The archive's file ${shownName(name)} is stored with holes.`, {
          path: name,
        });
      }
      const path = tree.addFile(name, size);
      const isExecutable = (mode & 0o100) !== 0;
      return { kind: "file", path, sizeBytes: size, isExecutable, content: contentOf(entry) };
    }
    case "directory":
      return { kind: "directory", path: tree.addDirectory(name) };
    case "symlink":
    case "link": {
      const link = type === "link" ? tree.addHardLink(name, target ?? "") : tree.addSymbolicLink(name, target ?? "");
      return { kind: "link", ...link };
    }
    case "character-device":
    case "block-device":
    case "fifo":
    case null:
      throw new ArchiveError(
        "unsupported_entry",
        `The archive's entry ${shownName(name)} is ${describe(type)}; only files, directories and links are allowed.`,
        { path: name },
      );
  }
}

async function* contentOf(entry: TarEntry): AsyncGenerator<Uint8Array> {
  try {
    yield* entry as ByteStream; // streamx says unknown; tar gives bytes
  } catch (error) {
    throw asBroken(error);
  }
}

function asBroken(error: unknown): ArchiveError {
  if (error instanceof ArchiveError) return error;
  const why = messageOf(error);
  return new ArchiveError("broken", `The archive is not a sound tar file (${why}).`, { cause: error });
}

function describe(type: string | null): string {
  return type === null ? "of an unknown kind" : `a ${type.replaceAll("-", " ")}`;
}

/** The tar itself, unpacked where it is packed. */
async function* unpacked(source: ByteStream, limits: ArchiveLimits): ByteStream & AsyncGenerator<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done === true || first.value.length === 0) throw new ArchiveError("broken", "The archive is empty.");
  const rest = (async function* () {
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => chunks };
  })();
  const isPacked = first.value[0] === 0x1f && first.value[1] === 0x8b;
  yield* isPacked ? gunzipped(rest, limits) : rest;
}

async function* gunzipped(source: ByteStream, limits: ArchiveLimits): AsyncGenerator<Uint8Array> {
  let packedBytes = 0;
  let sizeBytes = 0;
  const counted = (async function* () {
    for await (const chunk of source) {
      packedBytes += chunk.length;
      yield chunk;
    }
  })();
  const gunzip = createGunzip();
  // Its errors are those of the iteration below.
  pipeline(Readable.from(counted), gunzip, () => undefined);
  try {
    for await (const chunk of gunzip as AsyncIterable<Uint8Array>) {
      sizeBytes += chunk.length;
      // Headers and padding come on top of the files: up to two blocks an entry.
      const { ratio, totalBytes, entries } = limits;
      if (sizeBytes > Math.max(packedBytes * ratio, 64 * 1024)) {
        const message = `The archive unpacks to more than ${ratio} times its packed size.`;
        throw new ArchiveError("too_big", message, { limit: "ratio" });
      }
      if (sizeBytes > totalBytes + entries * 1_024) {
        const message = `The archive unpacks to more than the ${totalBytes} bytes allowed.`;
        throw new ArchiveError("too_big", message, { limit: "totalBytes" });
      }
      yield chunk;
    }
  } catch (error) {
    if (error instanceof ArchiveError) throw error;
    throw new ArchiveError("broken", "The archive is not a sound gzip file.", { cause: error });
  }
}
