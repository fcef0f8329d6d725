import { gunzipSync } from "node:zlib";
import { extract, type Extract } from "tar-stream";
import { EntryCollector, type ArchiveFile } from "./collect.ts";
import { ArchiveError, defaultArchiveLimits, type ArchiveLimits } from "./limits.ts";

/** The files of a template by path, relative to its root. */
export type TemplateFiles = ReadonlyMap<string, Uint8Array>;

/**
 * Unpacks a tar (also a gzipped one) in memory: path → bytes, sorted by path. Empty directories are not told.
 *
 * Paths are relative and stay inside; links inside the archive are replaced by what they point at.
 * @throws ArchiveError for anything else: links that lead out, devices, duplicates, sizes and counts over the limits
 */
export async function readArchive(
  bytes: Uint8Array,
  limits: Partial<ArchiveLimits> = {},
): Promise<Map<string, Uint8Array>> {
  const files = await readArchiveFiles(bytes, limits);
  return new Map([...files].map(([path, file]) => [path, file.content]));
}

/** As {@link readArchive}, and says of each file whether it is executable. */
export async function readArchiveFiles(
  bytes: Uint8Array,
  limits: Partial<ArchiveLimits> = {},
): Promise<Map<string, ArchiveFile>> {
  const allLimits = { ...defaultArchiveLimits, ...limits };
  const collector = new EntryCollector(allLimits);
  const tar = isGzip(bytes) ? gunzipWithin(bytes, allLimits) : bytes;
  if (tar.length === 0) throw new ArchiveError("broken", "The archive is empty.");
  const reader = extract();
  reader.end(tar);
  try {
    for await (const entry of reader) await collect(entry, collector);
  } catch (error) {
    if (error instanceof ArchiveError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new ArchiveError("broken", `The archive is not a sound tar file (${why}).`, { cause: error });
  }
  return collector.finish();
}

type Entry = Extract extends AsyncIterable<infer E> ? E : never;

async function collect(entry: Entry, collector: EntryCollector): Promise<void> {
  const { name, linkname, size, mode } = entry.header;
  // The library's types promise a known kind and a link's target; an archive may hold neither.
  const type: typeof entry.header.type | null = entry.header.type;
  const target: string | null = linkname;
  switch (type) {
    case "file":
    case "contiguous-file": {
      collector.checkSize(name, size);
      const content = await readAll(entry);
      collector.addFile(name, { content, isExecutable: (mode & 0o100) !== 0 });
      return;
    }
    case "directory":
      collector.addDirectory(name);
      break;
    case "symlink":
      collector.addSymbolicLink(name, target ?? "");
      break;
    case "link":
      collector.addHardLink(name, target ?? "");
      break;
    case "character-device":
    case "block-device":
    case "fifo":
    case null:
      throw new ArchiveError(
        "unsupported_entry",
        `The archive's entry "${name}" is ${describe(type)}; only files, directories and links are allowed.`,
        { path: name },
      );
  }
  entry.resume(); // the next entry comes only when this one has been read
}

async function readAll(entry: Entry): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry as AsyncIterable<Uint8Array>) chunks.push(chunk); // streamx says unknown; tar gives bytes
  return new Uint8Array(Buffer.concat(chunks));
}

function describe(type: string | null): string {
  return type === null ? "of an unknown kind" : `a ${type.replaceAll("-", " ")}`;
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function gunzipWithin(bytes: Uint8Array, limits: ArchiveLimits): Uint8Array {
  // Headers and padding come on top of the files: up to two blocks an entry.
  const largestBytes = Math.min(limits.totalBytes + limits.entries * 1_024, bytes.length * limits.ratio);
  try {
    return gunzipSync(bytes, { maxOutputLength: Math.max(largestBytes, 1_024) });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE") {
      throw new ArchiveError("too_big", `The archive unpacks to more than the ${largestBytes} bytes allowed.`, {
        cause: error,
      });
    }
    throw new ArchiveError("broken", "The archive is not a sound gzip file.", { cause: error });
  }
}
