import type { Stats } from "node:fs";
import { type FileHandle, lstat, mkdir, open, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Refusal } from "#api/refusal.ts";
import { draftBeside } from "#files/draft.ts";
import { codeOf } from "#files/file-refusal.ts";

export interface WriteOptions {
  /** Permission bits. By default those that the file has, or what is usual for a new one. */
  readonly mode?: number | undefined;
  /** Makes the directories above that are missing. */
  readonly makeParents?: boolean;
}

/**
 * Writes a file whole or not at all: beside it, under a name of our own, and in its place once `write` has resolved. A
 * symbolic link stays, and what it leads to is written.
 * @throws Refusal `is_a_directory`, `not_a_file`; the system's error, `write`'s
 */
export async function replaceFile(
  path: string,
  write: (file: FileHandle) => Promise<void>,
  { mode, makeParents = false }: WriteOptions = {},
): Promise<void> {
  if (makeParents) await mkdir(dirname(path), { recursive: true });
  const target = await whereItIs(path);
  const before = await existing(target);
  if (before?.isDirectory()) throw new Refusal(409, "is_a_directory", `${path} is a directory.`);
  if (before && !before.isFile()) throw new Refusal(409, "not_a_file", `${path} is no file.`);
  const draft = draftBeside(target);
  const wanted = mode ?? (before ? before.mode & 0o7777 : undefined);
  const file = await open(draft, "wx", 0o666);
  try {
    try {
      await write(file);
      if (wanted !== undefined) await file.chmod(wanted);
    } finally {
      await file.close();
    }
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** The file that a path leads to, there or not: a link that leads to nothing is as good as a name. */
async function whereItIs(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
  const isLink = await lstat(path).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  );
  if (isLink) throw new Refusal(409, "not_a_file", `${path} is a symbolic link that leads to nothing.`);
  return path;
}

async function existing(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
