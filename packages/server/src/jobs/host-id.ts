import { randomUUID } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Who this host is, for what lives on it: of the data directory, where workspaces lie, so that it stays the same when the
 * machine's name changes or the directory moves to another machine. Made at the first call.
 *
 * @throws Error when the file does not hold an id: it says which host holds which workspaces, so nobody guesses another
 */
export async function hostIdOf(dataDir: string): Promise<string> {
  const path = join(dataDir, "host-id");
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, `${randomUUID()}\n`, { mode: 0o600 });
  try {
    // Whole or not at all, whoever else starts here at the same time.
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  const id = (await readFile(path, "utf8")).trim();
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return id;
  throw new Error(`${path} does not hold a host's id: restore it, or remove it when no workspace lies in ${dataDir}.`);
}
