import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { Refusal } from "#api/refusal.ts";
import type { Answer } from "#api/route.ts";

/** A part of a file: from its first byte to its last. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * What a `Range` header asks for of so many bytes: nothing where there is none that we know (the whole is the answer then),
 * "none" where it asks for what is not there. Pure. @see RFC 9110, section 14.1.2
 */
export function readRange(header: string | undefined, size: number): ByteRange | "none" | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "");
  if (!match) return undefined;
  const [, from = "", to = ""] = match;
  if (from === "" && to === "") return undefined;
  if (from === "") {
    const length = Math.min(Number(to), size);
    return length === 0 ? "none" : { first: size - length, last: size - 1 };
  }
  const first = Number(from);
  const last = to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== "" && Number(to) < first) return undefined;
  return first >= size ? "none" : { first, last };
}

/** The bytes of a file, or a range of them. @throws Refusal `not_a_file`, `bad_range`; the system's error */
export async function sendContent(path: string, range: string | undefined): Promise<Answer> {
  const file = await openFile(path);
  try {
    const { size, mtime } = await file.stat();
    const part = readRange(range, size);
    if (part === "none") throw new Refusal(416, "bad_range", `${path} has ${size} bytes, none of those asked for.`);
    const length = part ? part.last - part.first + 1 : size;
    return {
      status: part ? 206 : 200,
      headers: {
        "content-type": "application/octet-stream",
        "accept-ranges": "bytes",
        "last-modified": mtime.toUTCString(),
        // The kernel's own files say that they have none, and do.
        ...(size > 0 && { "content-length": length }),
        ...(part && { "content-range": `bytes ${part.first}-${part.last}/${size}` }),
      },
      send: async (response) => {
        const { first: start, last: end } = part ?? { first: 0, last: size > 0 ? size - 1 : Infinity };
        await pipeline(file.createReadStream({ start, end }), response);
      },
      abandon: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** A file, never a pipe: to open one of those would wait for who writes. */
async function openFile(path: string): Promise<FileHandle> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const stats = await file.stat();
  if (stats.isFile()) return file;
  await file.close();
  if (stats.isDirectory()) throw new Refusal(409, "is_a_directory", `${path} is a directory.`);
  throw new Refusal(409, "not_a_file", `${path} is no file.`);
}
