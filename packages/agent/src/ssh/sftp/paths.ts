import { realpath } from "node:fs/promises";
import { posix } from "node:path";

/*
 * Names are bytes. To cut and join them they pass through latin1, which maps every byte to one character and back.
 */

/** The path a client means: relative ones start at the home directory, and an empty one is it. */
export function resolvePath(home: string, path: Buffer): Buffer {
  const text = path.toString("latin1");
  if (text.startsWith("/")) return path;
  const base = Buffer.from(home).toString("latin1");
  return Buffer.from(text === "" ? base : posix.join(base, text), "latin1");
}

/** `~` and `~/…` as a shell reads them; another user's home is not known here. */
export function expandTilde(home: string, path: Buffer): Buffer {
  const text = path.toString("latin1");
  const isHome = text === "~" || text.startsWith("~/");
  return resolvePath(home, isHome ? Buffer.from(text.slice(2), "latin1") : path);
}

/** The path without links, `.` and `..`. Only the last part may be missing, so that a client may ask for a new file. */
export async function realPath(path: Buffer): Promise<Buffer> {
  try {
    return await realpath(path, { encoding: "buffer" });
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    const text = posix.normalize(path.toString("latin1")).replace(/(?<=.)\/$/, "");
    if (!isMissing || text === "/") throw error;
    const parent = await realpath(Buffer.from(posix.dirname(text), "latin1"), { encoding: "buffer" });
    return Buffer.from(posix.join(parent.toString("latin1"), posix.basename(text)), "latin1");
  }
}
