import { constants } from "node:fs";
import {
  chmod,
  chown,
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  readlink,
  rename,
  rmdir,
  symlink,
  truncate,
  unlink,
  utimes,
} from "node:fs/promises";
import type { Attributes } from "#ssh/sftp/attributes.ts";
import { status, StatusError } from "#ssh/sftp/status.ts";

const openFlag = { read: 1, write: 2, append: 4, create: 8, truncate: 16, exclusive: 32 } as const;

/** Opens a file as the protocol's flags say; a new one gets the mode that was sent, or 0666 less the umask. */
export async function openFile(path: Buffer, flags: number, { mode = 0o666 }: Attributes): Promise<FileHandle> {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const access = has(openFlag.write)
    ? has(openFlag.read)
      ? constants.O_RDWR
      : constants.O_WRONLY
    : constants.O_RDONLY;
  const bits =
    access |
    (has(openFlag.append) ? constants.O_APPEND : 0) |
    (has(openFlag.create) ? constants.O_CREAT : 0) |
    (has(openFlag.truncate) ? constants.O_TRUNC : 0) |
    (has(openFlag.exclusive) ? constants.O_EXCL : 0);
  return await open(path, bits, mode);
}

/** Sets what was sent, size first: cutting a file changes its times. */
export async function setAttributes(target: Buffer | FileHandle, attributes: Attributes): Promise<void> {
  const { sizeBytes, mode, times, owner } = attributes;
  const isPath = Buffer.isBuffer(target);
  if (sizeBytes !== undefined) await (isPath ? truncate(target, sizeBytes) : target.truncate(sizeBytes));
  if (mode !== undefined) await (isPath ? chmod(target, mode) : target.chmod(mode));
  if (times) {
    const { accessed, modified } = times;
    await (isPath ? utimes(target, accessed, modified) : target.utimes(accessed, modified));
  }
  if (owner) await (isPath ? chown(target, owner.uid, owner.gid) : target.chown(owner.uid, owner.gid));
}

/**
 * Renames, but never over something that is there: version 3 forbids it, and clients rely on the failure.
 *
 * A link that fails when the name is taken decides it in one step; where links are not possible (directories, some
 * file systems) we look first.
 */
export async function renameNew(from: Buffer, to: Buffer): Promise<void> {
  const isDirectory = (await lstat(from)).isDirectory();
  if (!isDirectory) {
    try {
      await link(from, to);
      await unlink(from);
      return;
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      const isImpossible = code === "EPERM" || code === "EOPNOTSUPP" || code === "ENOTSUP" || code === "EMLINK";
      if (!isImpossible) throw error;
    }
  }
  if (await exists(to)) throw new StatusError(status.failure, "The new name is taken.");
  await rename(from, to);
}

export async function removeFile(path: Buffer): Promise<void> {
  await unlink(path);
}

export async function makeDirectory(path: Buffer, { mode = 0o777 }: Attributes): Promise<void> {
  await mkdir(path, { mode });
}

export async function removeDirectory(path: Buffer): Promise<void> {
  await rmdir(path);
}

/** The target stays as it was given: what it means depends on where the link is. */
export async function createLink(target: Buffer, path: Buffer): Promise<void> {
  await symlink(target, path);
}

export async function targetOf(path: Buffer): Promise<Buffer> {
  return await readlink(path, { encoding: "buffer" });
}

async function exists(path: Buffer): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
}
