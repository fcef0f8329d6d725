import { existsSync } from "node:fs";
import { chmod, lchown, lstat, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { homeName } from "./agents-on-host.ts";

/** A workspace's place on the host. Only `home` and `tmp` are ever the workspace's own. */
export interface WorkspaceDirectory {
  readonly id: string;
  readonly path: string;
  readonly home: string;
  readonly tmp: string;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** @throws Error when the id is none: it becomes a part of paths that are removed */
export function workspaceDirectory(root: string, workspaceId: string): WorkspaceDirectory {
  if (!uuid.test(workspaceId)) throw new Error(`"${workspaceId}" is no workspace's id.`);
  const path = join(root, workspaceId);
  return { id: workspaceId, path, home: join(path, homeName), tmp: join(path, "tmp") };
}

/** Makes what is missing and gives it to the user (`undefined`: the daemon's own). `/tmp` begins empty. */
export async function prepareDirectory(directory: WorkspaceDirectory, uid: number | undefined): Promise<void> {
  await mkdir(directory.path, { recursive: true, mode: 0o700 });
  if (existsSync(directory.tmp)) await removeTree(directory.tmp);
  await Promise.all([mkdir(directory.home, { recursive: true, mode: 0o700 }), mkdir(directory.tmp, { mode: 0o700 })]);
  if (process.getuid?.() !== 0) return;
  const owner = uid ?? 0;
  await lchown(directory.tmp, owner, owner);
  // Written last when a home changes hands, so an interrupted change is done again.
  if ((await lstat(directory.home)).uid !== owner) await giveTree(directory.home, owner);
}

async function giveTree(path: string, owner: number): Promise<void> {
  const entries = await readdir(path, { withFileTypes: true });
  for (const entry of entries) {
    const below = join(path, entry.name);
    if (entry.isDirectory()) await giveTree(below, owner);
    else await lchown(below, owner, owner);
  }
  await lchown(path, owner, owner);
}

/** Removes a workspace's directory; nothing by its name is left even when the removal itself is interrupted. */
export async function removeDirectory(root: string, directory: WorkspaceDirectory): Promise<void> {
  const trash = join(root, trashPrefix + directory.id);
  try {
    await rename(directory.path, trash);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  await removeTree(trash);
}

/** Whatever an earlier removal left. */
export async function emptyTrash(root: string): Promise<void> {
  for (const name of await namesIn(root)) if (name.startsWith(trashPrefix)) await removeTree(join(root, name));
}

/** The ids of the workspaces that have a directory. */
export async function workspacesIn(root: string): Promise<string[]> {
  return (await namesIn(root)).filter((name) => uuid.test(name));
}

const trashPrefix = ".removed-";

async function namesIn(root: string): Promise<string[]> {
  try {
    return await readdir(root);
  } catch (error) {
    if (isMissing(error)) return []; // no workspace yet
    throw error;
  }
}

/** Also directories that their owner made unwritable, as package caches do; root need not ask. */
async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && (error.code === "EACCES" || error.code === "EPERM")))
      throw error;
    await openTree(path);
    await rm(path, { recursive: true, force: true });
  }
}

async function openTree(path: string): Promise<void> {
  await chmod(path, 0o700);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await openTree(join(path, entry.name));
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
