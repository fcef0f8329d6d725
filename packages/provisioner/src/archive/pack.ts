import { lstat, opendir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gather, type ArchiveEntry } from "./entries.ts";
import { EntryTree } from "./entry-tree.ts";
import { ArchiveError, defaultArchiveLimits, type ArchiveLimits } from "./limits.ts";
import { writeTar } from "./write-tar.ts";

/** What belongs to the author's machine and not to the template. */
const skippedNames: ReadonlySet<string> = new Set([".git", ".terraform", "node_modules", ".DS_Store"]);

/** Makes a tar of files. The same files give the same bytes: sorted, without owners and times. */
export async function packFiles(files: ReadonlyMap<string, Uint8Array>): Promise<Uint8Array> {
  const sorted = [...files].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return await gather(writeTar(sorted.map(([path, content]) => fileEntry(path, content, false))));
}

/**
 * Makes a tar of a directory's files. The same tree gives the same bytes. `.git`, `.terraform`, `node_modules` and
 * `.DS_Store` are left out, links that stay inside are kept.
 * @throws ArchiveError for what an import would refuse: links that lead out or nowhere, names, sockets and devices, and when
 *   the limits are passed, then before anything of the file is read
 */
export async function packDirectory(
  directory: string,
  options: { limits?: Partial<ArchiveLimits>; signal?: AbortSignal } = {},
): Promise<Uint8Array> {
  const limits = { ...defaultArchiveLimits, ...options.limits };
  const tree = new EntryTree(limits);

  async function* walk(path: string): AsyncGenerator<ArchiveEntry> {
    const names = await namesIn(join(directory, path), limits);
    for (const name of names) {
      options.signal?.throwIfAborted();
      yield* take(path === "" ? name : `${path}/${name}`);
    }
  }

  async function* take(path: string): AsyncGenerator<ArchiveEntry> {
    const at = join(directory, path);
    const found = await lstat(at);
    if (found.isDirectory()) {
      // Counted, and looked at; a tar of files alone names it by them.
      tree.addDirectory(path);
      yield* walk(path);
    } else if (found.isSymbolicLink()) {
      yield { kind: "link", ...tree.addSymbolicLink(path, await readlink(at)) };
    } else if (found.isFile()) {
      tree.addFile(path, found.size);
      const content = await readFile(at);
      if (content.length !== found.size) {
        throw new ArchiveError("broken", `"${at}" changed while it was read: try again.`, { path });
      }
      yield fileEntry(path, content, (found.mode & 0o100) !== 0);
    } else {
      const message = `"${at}" is neither file, directory nor link, and cannot be in a template.`;
      throw new ArchiveError("unsupported_entry", message, { path });
    }
  }

  const tar = await gather(writeTar(walk("")));
  tree.checkLinks();
  return tar;
}

/** Sorted, without what is skipped. */
async function namesIn(directory: string, limits: ArchiveLimits): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of await opendir(directory)) {
    if (skippedNames.has(name)) continue;
    if (names.push(name) > limits.entries) {
      const message = `"${directory}" holds more than the ${limits.entries} entries that a template may have.`;
      throw new ArchiveError("too_big", message, { path: directory, limit: "entries" });
    }
  }
  return names.toSorted();
}

function fileEntry(path: string, content: Uint8Array, isExecutable: boolean): ArchiveEntry {
  return { kind: "file", path, sizeBytes: content.length, isExecutable, content: Readable.from([content]) };
}
