import { open, realpath, rename, rm } from "node:fs/promises";
import path from "node:path";

/**
 * Replaces a file whole: a reader, or a crash, meets the old content or the new and nothing between. A symbolic link
 * stays one and what it points at is replaced.
 */
export async function writeFileAtomically(file: string, content: string | Uint8Array, mode: number): Promise<void> {
  const target = await followLink(file);
  const temporary = path.join(path.dirname(target), `.${path.basename(target)}.${crypto.randomUUID()}`);
  try {
    await using handle = await open(temporary, "wx", mode);
    await handle.writeFile(content);
    // The mode of `open` is narrowed by the umask; ours is meant.
    await handle.chmod(mode);
    await handle.sync();
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function followLink(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return file;
    throw error;
  }
}
