import { constants } from "node:fs";
import { chmod, link, lstat, mkdir, open, realpath, rename, rm, stat, symlink, utimes } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { feed, messageOf } from "@hearth/base";
import { extract, type Extract } from "tar-stream";
import { Refusal } from "#api/refusal.ts";
import { draftBeside } from "#files/draft.ts";
import { codeOf, toFileRefusal } from "#files/file-refusal.ts";

type TarEntry = Extract extends AsyncIterable<infer E> ? E : never;

/**
 * Unpacks a tar into a directory, which is made where it is missing. What is there under a name is replaced, but for
 * directories, which are kept. Says how many entries came, and how many bytes their files have.
 *
 * Nothing gets out of the directory: no name with `..` or a `/` in front, no way through a symbolic link that leads out,
 * whether it was there or came with the tar. Symbolic links themselves are made as they are written. What came before a
 * refused entry stays, and the refusal says how much that is: entries are written in their order, each whole or not at all.
 * @throws Refusal `broken_archive`, `escapes`, `unsupported_entry`, and what the system refuses
 */
export async function unpackTar(
  source: AsyncIterable<Uint8Array>,
  directory: string,
): Promise<{ entries: number; bytes: number }> {
  await inTar(directory, () => mkdir(directory, { recursive: true }));
  const root = await realpath(directory);
  const reader = extract();
  const feeding = feed(reader, source);
  const count = { entries: 0, bytes: 0 };
  let last = "";
  try {
    for await (const entry of reader) {
      count.bytes += await inTar(entry.header.name, () => place(entry, root));
      count.entries++;
      last = entry.header.name;
      entry.resume();
    }
    await feeding;
    return count;
  } catch (error) {
    if (!(error instanceof Refusal) && error instanceof Error && "syscall" in error) throw error;
    throw withWritten(toRefusal(error), count.entries, last);
  } finally {
    reader.destroy();
    await feeding;
  }
}

function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  return new Refusal(400, "broken_archive", `The body is not a sound tar file (${messageOf(error)}).`, {
    cause: error,
  });
}

/** The refusal that also says what is there all the same. */
function withWritten({ status, code, message, cause, detail }: Refusal, entries: number, last: string): Refusal {
  const written = entries === 0 ? "Nothing was written." : `Entries written before that: ${entries}, up to ${last}.`;
  return new Refusal(status, code, `${message} ${written}`, { cause, ...(detail !== undefined && { detail }) });
}

async function inTar<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toFileRefusal(name, error);
  }
}

/** Puts one entry where it belongs. Gives the bytes of its file. */
async function place(entry: TarEntry, root: string): Promise<number> {
  const { name, linkname, mode, mtime } = entry.header;
  // The library's types promise a known kind and a link's target; a tar may hold neither.
  const type: typeof entry.header.type | null = entry.header.type;
  const target: string | null = linkname;
  const parts = partsOf(name);
  if (parts.length === 0) return 0; // `./`: the directory itself
  const path = await inside(root, parts, name);
  switch (type) {
    case "directory":
      await makeDirectory(path, mode);
      return 0;
    case "file":
    case "contiguous-file":
      return await putFile(entry, path, { mode, mtime: mtime ?? new Date() });
    case "symlink":
      await replace(path, (draft) => symlink(target ?? "", draft));
      return 0;
    case "link": {
      const origin = await inside(root, partsOf(target ?? ""), target ?? "");
      await replace(path, (draft) => link(origin, draft));
      return 0;
    }
    case "character-device":
    case "block-device":
    case "fifo":
    case null: {
      const kind = type ?? "of an unknown kind";
      throw new Refusal(400, "unsupported_entry", `${name} is ${kind}: a tar may bring files, directories and links.`);
    }
  }
}

/** @throws Refusal `escapes` */
function partsOf(name: string): string[] {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (name.startsWith("/") || parts.includes("..") || name.includes("\0")) throw escapes(name);
  return parts;
}

/** The path, whose parents are made where they are missing and are inside the root where they really are. */
async function inside(root: string, parts: readonly string[], name: string): Promise<string> {
  const path = join(root, ...parts);
  const parent = dirname(path);
  // One that is missing must not be made by way of a link that leads out: the nearest that is there decides.
  for (let at = parent; ; at = dirname(at)) {
    const real = await realpath(at).catch((error: unknown) => {
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    });
    if (real === undefined) {
      const isLink = await lstat(at).then(
        (stats) => stats.isSymbolicLink(),
        () => false,
      );
      if (isLink) throw escapes(name); // to nothing, yet
      continue;
    }
    if (real !== root && !real.startsWith(root === sep ? sep : root + sep)) throw escapes(name);
    break;
  }
  await mkdir(parent, { recursive: true });
  return path;
}

function escapes(name: string): Refusal {
  return new Refusal(400, "escapes", `${name} would come to lie outside of the directory.`);
}

async function makeDirectory(path: string, mode: number): Promise<void> {
  const before = await lstat(path).catch(() => undefined);
  if (before && !before.isDirectory()) {
    // A link to a directory is one: whoever made it wants what comes to go there. What is below is checked for itself.
    if (before.isSymbolicLink() && (await stat(path).catch(() => undefined))?.isDirectory()) return;
    await rm(path);
  }
  await mkdir(path, { recursive: true });
  if (!before?.isDirectory()) await chmod(path, (mode & 0o777) | 0o700); // what follows must find its way in
}

async function putFile(entry: TarEntry, path: string, { mode, mtime }: { mode: number; mtime: Date }): Promise<number> {
  let bytes = 0;
  await replace(path, async (draft) => {
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    const file = await open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      for await (const chunk of entry as AsyncIterable<Uint8Array>) {
        await file.writeFile(chunk);
        bytes += chunk.length;
      }
      await file.chmod(mode & 0o777);
    } finally {
      await file.close();
    }
    await utimes(draft, mtime, mtime);
  });
  return bytes;
}

/** Makes something beside, and puts it in the place of what is there; nothing is written through a link. */
async function replace(path: string, make: (draft: string) => Promise<void>): Promise<void> {
  const draft = draftBeside(path);
  try {
    await make(draft);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
