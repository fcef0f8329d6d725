import { createReadStream, type Stats } from "node:fs";
import { lstat, opendir, readlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { drained } from "@hearth/base";
import { type Header, pack, type Pack } from "tar-stream";
import { codeOf } from "#files/file-refusal.ts";

/**
 * A tar of what is in a directory, or of one file, as it is now: files, directories and symbolic links, with modes and
 * times, links as links. What is none of these, or goes away meanwhile, is left out. Read piece by piece.
 */
export function packTar(path: string): Readable {
  const writer = pack();
  void addAll(writer, path).then(
    () => writer.finalize(),
    (error: unknown) => writer.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return Readable.from(writer as AsyncIterable<Uint8Array>, { objectMode: false }); // streamx says unknown
}

async function addAll(writer: Pack, path: string): Promise<void> {
  const stats = await lstat(path);
  if (stats.isDirectory()) await addChildren(writer, path, "");
  else await add(writer, path, basename(path));
}

async function addChildren(writer: Pack, directory: string, prefix: string): Promise<void> {
  const names: string[] = [];
  for await (const { name } of await opendir(directory)) names.push(name);
  for (const name of names.toSorted()) {
    if (writer.destroying) return;
    await add(writer, join(directory, name), `${prefix}${name}`);
  }
}

async function add(writer: Pack, path: string, name: string): Promise<void> {
  try {
    const stats = await lstat(path);
    const header = { name, mode: stats.mode & 0o7777, mtime: stats.mtime, uid: 0, gid: 0 };
    if (stats.isDirectory()) {
      writer.entry({ ...header, name: `${name}/`, type: "directory", size: 0 });
      await addChildren(writer, path, `${name}/`);
    } else if (stats.isSymbolicLink()) {
      writer.entry({ ...header, type: "symlink", linkname: await readlink(path), size: 0 });
    } else if (stats.isFile()) {
      await addFile(writer, path, header, stats);
    }
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error; // it went away while we were on our way to it
  }
}

/** The file with the length that it had when it was looked at: one that shrinks meanwhile ends in zeros, as with tar. */
async function addFile(
  writer: Pack,
  path: string,
  header: Partial<Header> & { name: string },
  { size }: Stats,
): Promise<void> {
  const content = size > 0 ? createReadStream(path, { end: size - 1 }) : undefined;
  if (content) await new Promise<void>((resolve, reject) => content.once("open", () => resolve()).on("error", reject));
  const written = Promise.withResolvers<void>();
  const heard = (): void => undefined; // whoever reads the tar is told
  written.promise.catch(heard);
  const entry = writer.entry({ ...header, type: "file", size }, (error) =>
    error ? written.reject(error) : written.resolve(),
  );
  entry.on("error", heard);
  let missing = size;
  const put = async (chunk: Uint8Array): Promise<void> => {
    missing -= chunk.length;
    if (!entry.write(chunk)) await drained(entry);
  };
  for await (const chunk of (content ?? []) as AsyncIterable<Buffer>) {
    if (writer.destroying) return;
    await put(chunk);
  }
  while (missing > 0 && !writer.destroying) await put(new Uint8Array(Math.min(missing, 65_536)));
  entry.end(undefined);
  await written.promise;
}
