import { chmod, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { EntryTree } from "./entry-tree.ts";
import { defaultArchiveLimits, type ArchiveLimits } from "./limits.ts";
import { readTar } from "./read-tar.ts";

/**
 * Writes the files and links of a tar below a directory, and says how many. Nothing is written of a tar that is refused.
 *
 * Links are made when all files are there, so that nothing is written through one.
 * @throws ArchiveError as `EntryTree` and `readTar`
 */
export async function unpackInto(
  directory: string,
  tar: Uint8Array,
  given: Partial<ArchiveLimits> = {},
): Promise<number> {
  const limits = { ...defaultArchiveLimits, ...given };
  await refuseUnsound(tar, limits);
  const links = new Map<string, string>();
  let files = 0;
  for await (const entry of readTar(Readable.from([tar]), new EntryTree(limits), limits)) {
    const at = join(directory, entry.path);
    if (entry.kind === "directory") await mkdir(at, { recursive: true });
    if (entry.kind === "link") links.set(at, entry.target);
    if (entry.kind !== "file") continue;
    await mkdir(dirname(at), { recursive: true });
    await writeFile(at, entry.content);
    await chmod(at, entry.isExecutable ? 0o755 : 0o644);
    files++;
  }
  for (const [at, target] of links) {
    await mkdir(dirname(at), { recursive: true });
    await rm(at, { force: true });
    await symlink(target, at);
  }
  return files + links.size;
}

async function refuseUnsound(tar: Uint8Array, limits: ArchiveLimits): Promise<void> {
  const tree = new EntryTree(limits);
  for await (const entry of readTar(Readable.from([tar]), tree, limits)) {
    // The next one comes; what stands where is all that is asked.
    void entry;
  }
  tree.checkLinks();
}
