import type { Stats } from "node:fs";
import { lstat, opendir, readlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { codeOf } from "#files/file-refusal.ts";

/** What is at a path, in the API's words. A symbolic link is told of itself. */
export interface FileEntry {
  readonly name: string;
  readonly path: string;
  readonly type: "file" | "directory" | "symlink" | "other";
  readonly size: number;
  /** Permission bits in octal: `0644`. */
  readonly mode: string;
  readonly modified_at: string;
  /** Where a symbolic link points, as it is written. */
  readonly target?: string;
}

const mostEntries = 10_000;
const atOnce = 64;

/** @throws the system's error */
export async function readEntry(path: string): Promise<FileEntry> {
  const stats = await lstat(path);
  const target = stats.isSymbolicLink() ? await readlink(path) : undefined;
  return {
    name: basename(path),
    path,
    type: typeOf(stats),
    size: stats.size,
    mode: (stats.mode & 0o7777).toString(8).padStart(4, "0"),
    modified_at: stats.mtime.toISOString(),
    ...(target !== undefined && { target }),
  };
}

/** What is in a directory, by name; of more than 10,000 any 10,000. What goes away meanwhile is left out. */
export async function listEntries(directory: string): Promise<{ entries: FileEntry[]; truncated: boolean }> {
  const names: string[] = [];
  let truncated = false;
  for await (const { name } of await opendir(directory)) {
    truncated = names.length === mostEntries;
    if (truncated) break;
    names.push(name);
  }
  names.sort();
  const entries: FileEntry[] = [];
  for (let at = 0; at < names.length; at += atOnce) {
    const some = names.slice(at, at + atOnce).map((name) => readIfThere(join(directory, name)));
    for (const entry of await Promise.all(some)) if (entry) entries.push(entry);
  }
  return { entries, truncated };
}

async function readIfThere(path: string): Promise<FileEntry | undefined> {
  try {
    return await readEntry(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function typeOf(stats: Stats): FileEntry["type"] {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "directory";
  return stats.isSymbolicLink() ? "symlink" : "other";
}
