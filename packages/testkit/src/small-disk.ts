import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, rmdir } from "node:fs/promises";
import { closeSync, openSync, statfsSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const blockBytes = 64 * 1024;
const fill = "fill";

/** A real file system that can be filled to its last byte: a tmpfs, which root may mount. */
export class SmallDisk implements AsyncDisposable {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Whether this process may mount one: not in most containers, and never without root. */
  static async isPossible(): Promise<boolean> {
    try {
      await using _ = await SmallDisk.mount(1024 * 1024);
      return true;
    } catch {
      return false;
    }
  }

  /** @throws Error when this process may not mount one */
  static async mount(bytes: number): Promise<SmallDisk> {
    const directory = await mkdtemp(join(tmpdir(), "hearth-small-disk-"));
    await chmod(directory, 0o755);
    try {
      await run("mount", ["-t", "tmpfs", "-o", `size=${bytes},mode=755`, "tmpfs", directory]);
    } catch (error) {
      await rmdir(directory);
      throw error;
    }
    return new SmallDisk(directory);
  }

  /** Writes until no more than so many bytes are free. */
  fill({ leaving }: { leaving: number }): void {
    const block = Buffer.alloc(blockBytes);
    const file = openSync(join(this.directory, fill), "a");
    const free = () => {
      const { bavail, bsize } = statfsSync(this.directory);
      return bavail * bsize;
    };
    try {
      while (free() > leaving) writeSync(file, block);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
    } finally {
      closeSync(file);
    }
  }

  /** Takes away what {@link fill} wrote. */
  async clear(): Promise<void> {
    await rm(join(this.directory, fill), { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run("umount", [this.directory]);
    await rmdir(this.directory);
  }
}
