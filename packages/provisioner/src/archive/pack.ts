import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { pack, type Header } from "tar-stream";
import { linkTarget } from "./entry-path.ts";
import { ArchiveError, defaultArchiveLimits, type ArchiveLimits } from "./limits.ts";

/** What belongs to the author's machine and not to the template. */
const skippedNames: ReadonlySet<string> = new Set([".git", ".terraform", "node_modules", ".DS_Store"]);

interface PackedFile {
  readonly content: Uint8Array;
  readonly isExecutable: boolean;
}

/** Makes a tar of files. The same files give the same bytes: sorted, without owners and times. */
export async function packFiles(files: ReadonlyMap<string, Uint8Array | PackedFile>): Promise<Uint8Array> {
  const entries: TarEntry[] = [];
  for (const [name, file] of files) {
    const { content, isExecutable } = file instanceof Uint8Array ? { content: file, isExecutable: false } : file;
    entries.push({ name, content, mode: isExecutable ? 0o755 : 0o644 });
  }
  return await writeTar(entries);
}

/**
 * Makes a tar of a directory's files. The same tree gives the same bytes. `.git`, `.terraform`, `node_modules` and
 * `.DS_Store` are left out, links that stay inside are kept.
 * @throws ArchiveError for links that lead out, for sockets and devices, and when the limits are passed
 */
export async function packDirectory(
  directory: string,
  options: { limits?: Partial<ArchiveLimits>; signal?: AbortSignal } = {},
): Promise<Uint8Array> {
  const limits = { ...defaultArchiveLimits, ...options.limits };
  const entries: TarEntry[] = [];
  let totalBytes = 0;

  async function walk(path: string): Promise<void> {
    const names = await readdir(join(directory, path));
    for (const name of names.toSorted()) {
      options.signal?.throwIfAborted();
      if (skippedNames.has(name)) continue;
      await take(path === "" ? name : `${path}/${name}`);
    }
  }

  async function take(path: string): Promise<void> {
    const at = join(directory, path);
    const found = await lstat(at);
    if (found.isDirectory()) return await walk(path);
    if (found.isSymbolicLink()) entries.push({ name: path, linkname: await insideLink(path, at) });
    else if (found.isFile()) {
      totalBytes += found.size;
      if (totalBytes > limits.totalBytes) {
        throw new ArchiveError(
          "too_big",
          `"${directory}" holds more than the ${limits.totalBytes} bytes that a template may have.`,
        );
      }
      entries.push({ name: path, content: await readFile(at), mode: (found.mode & 0o100) !== 0 ? 0o755 : 0o644 });
    } else {
      throw new ArchiveError(
        "unsupported_entry",
        `"${at}" is neither file, directory nor link, and cannot be in a template.`,
        {
          path,
        },
      );
    }
    if (entries.length > limits.entries) {
      throw new ArchiveError(
        "too_big",
        `"${directory}" holds more than the ${limits.entries} files that a template may have.`,
      );
    }
  }

  await walk("");
  return await writeTar(entries);
}

async function insideLink(path: string, at: string): Promise<string> {
  const target = await readlink(at);
  if (linkTarget(path, target) === undefined) {
    throw new ArchiveError("unsafe_link", `The link "${at}" points outside the template, at "${target}".`, { path });
  }
  return target;
}

type TarEntry = { name: string; content: Uint8Array; mode: number } | { name: string; linkname: string };

async function writeTar(entries: readonly TarEntry[]): Promise<Uint8Array> {
  const writer = pack();
  const nobody = { uid: 0, gid: 0, mtime: new Date(0) } satisfies Partial<Header>;
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if ("linkname" in entry) writer.entry({ ...nobody, ...entry, type: "symlink", mode: 0o777, size: 0 });
    else writer.entry({ ...nobody, name: entry.name, mode: entry.mode }, Buffer.from(entry.content));
  }
  writer.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of writer as AsyncIterable<Uint8Array>) chunks.push(chunk); // streamx says unknown; it is bytes
  return new Uint8Array(Buffer.concat(chunks));
}
