import { type Dir, type Stats } from "node:fs";
import { type FileHandle, lstat } from "node:fs/promises";
import { posix } from "node:path";
import { status, StatusError } from "#ssh/sftp/status.ts";

export interface Entry {
  readonly name: Buffer;
  readonly stats: Stats;
}

interface OpenFile {
  readonly kind: "file";
  readonly file: FileHandle;
}

interface OpenDirectory {
  readonly kind: "directory";
  readonly path: Buffer;
  readonly directory: Dir;
  /** Node leaves these two out of a directory; clients of the protocol expect them. */
  readonly dots: Buffer[];
}

/** What one session has open, by the handle it was told. All of it is closed with the session. */
export class Handles implements AsyncDisposable {
  readonly #open = new Map<number, OpenFile | OpenDirectory>();
  #next = 0;

  addFile(file: FileHandle): Buffer {
    return this.#add({ kind: "file", file });
  }

  addDirectory(path: Buffer, directory: Dir): Buffer {
    return this.#add({ kind: "directory", path, directory, dots: [Buffer.from("."), Buffer.from("..")] });
  }

  /** @throws StatusError for a handle that is not an open file. */
  file(handle: Buffer): FileHandle {
    const found = this.#find(handle);
    if (found.kind !== "file") throw new StatusError(status.failure, "That handle is a directory's.");
    return found.file;
  }

  /** Up to `count` further entries; none at the end. @throws StatusError for a handle that is not an open directory. */
  async readEntries(handle: Buffer, count: number): Promise<Entry[]> {
    const found = this.#find(handle);
    if (found.kind !== "directory") throw new StatusError(status.failure, "That handle is a file's.");
    const entries: Entry[] = [];
    while (entries.length < count) {
      const name = found.dots.shift() ?? (await nextName(found.directory));
      if (name === undefined) break;
      const stats = await statsOf(found.path, name);
      if (stats) entries.push({ name, stats });
    }
    return entries;
  }

  async close(handle: Buffer): Promise<void> {
    const found = this.#find(handle);
    this.#open.delete(handle.readUInt32BE());
    await closeOne(found);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.allSettled(open.map(closeOne));
  }

  #add(entry: OpenFile | OpenDirectory): Buffer {
    const id = this.#next++;
    this.#open.set(id, entry);
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(id);
    return handle;
  }

  #find(handle: Buffer): OpenFile | OpenDirectory {
    const found = handle.length === 4 ? this.#open.get(handle.readUInt32BE()) : undefined;
    if (!found) throw new StatusError(status.failure, "No such handle is open.");
    return found;
  }
}

async function closeOne(entry: OpenFile | OpenDirectory): Promise<void> {
  await (entry.kind === "file" ? entry.file.close() : entry.directory.close());
}

async function nextName(directory: Dir): Promise<Buffer | undefined> {
  const entry = await directory.read();
  // Opened with the encoding "buffer", which the types of `Dir` do not carry.
  return entry === null ? undefined : (entry.name as unknown as Buffer);
}

/** Nothing for an entry that went away since the directory was read. */
async function statsOf(directory: Buffer, name: Buffer): Promise<Stats | undefined> {
  const path = posix.join(directory.toString("latin1"), name.toString("latin1"));
  try {
    return await lstat(Buffer.from(path, "latin1"));
  } catch {
    return undefined;
  }
}
