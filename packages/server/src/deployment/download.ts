import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline, type Readable } from "node:stream";
import { promisify } from "node:util";
import { createGunzip, gzip } from "node:zlib";
import { z } from "zod";

/** Something to be fetched whole, in both of its forms. */
export interface Download {
  readonly mediaType: string;
  /** Of what it is unpacked; in hexadecimal. */
  readonly sha256: string;
  readonly plain: Content;
  /** By gzip. */
  readonly packed: Content;
}

export interface Content {
  readonly bytes: () => Promise<number>;
  readonly open: () => Promise<Buffer | Readable>;
}

/** A text that is small enough to be held; packed once, when first asked for so. */
export function heldDownload(content: Buffer): Download {
  let packing: Promise<Buffer> | undefined;
  const packed = async () => await (packing ??= promisify(gzip)(content));
  return {
    mediaType: "text/plain; charset=utf-8",
    sha256: createHash("sha256").update(content).digest("hex"),
    plain: {
      bytes: async () => await Promise.resolve(content.length),
      open: async () => await Promise.resolve(content),
    },
    packed: { bytes: async () => (await packed()).length, open: packed },
  };
}

/** What `npm run package` says of a program beside it: where it lies packed, and what it is unpacked. */
const PackedProgram = z.object({
  file: z.string().regex(/^[\w.-]+$/),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().positive(),
});

/**
 * What is too large to be held: packed on the disk, told of by a JSON file in the same folder. Sent from there, and
 * unpacked on the way for whoever takes nothing packed.
 * @throws Error when that file is not there or says something else
 */
export async function packedDownload(description: string): Promise<Download> {
  const { file, sha256, bytes } = PackedProgram.parse(JSON.parse(await readFile(description, "utf8")));
  const packed = join(description, "..", file);
  const { size } = await stat(packed);
  const ignore = () => undefined; // whoever reads the end of it sees what went wrong
  return {
    mediaType: "application/octet-stream",
    sha256,
    plain: {
      bytes: async () => await Promise.resolve(bytes),
      open: async () => await Promise.resolve(pipeline(createReadStream(packed), createGunzip(), ignore)),
    },
    packed: {
      bytes: async () => await Promise.resolve(size),
      open: async () => await Promise.resolve(createReadStream(packed)),
    },
  };
}

/** Takes a file when it is first asked for, and again when it has been written to. @throws Error when it is not there */
export function keepWhile(file: string, take: (file: string) => Promise<Download>): () => Promise<Download> {
  let kept: { readonly look: string; readonly download: Promise<Download> } | undefined;
  return async () => {
    const { mtimeMs, size } = await stat(file);
    const look = `${mtimeMs} ${size}`;
    if (kept?.look !== look) kept = { look, download: take(file) };
    return await kept.download;
  };
}
