import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";

/** Bytes that lie in a file of a spool. */
export interface Spooled {
  readonly path: string;
  readonly sizeBytes: number;
  /** SHA-256 of them. */
  readonly hash: Buffer;
  /** Them, in pieces; from the beginning each time. */
  read(): AsyncIterable<Uint8Array>;
  /** Them as one stream, which outlives the spool. */
  stream(): Promise<Readable>;
}

const pieceBytes = 256 * 1024;

/** Room on the disk for what is too large for the memory, as long as one request takes. Disposing it frees the room. */
export class Spool implements AsyncDisposable {
  readonly #directory: string;
  #files = 0;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async create(parent: string): Promise<Spool> {
    await mkdir(parent, { recursive: true, mode: 0o700 });
    return new Spool(await mkdtemp(join(parent, "archive-")));
  }

  /** Writes a stream into a file. @throws what the stream throws, and what the disk says */
  async write(content: AsyncIterable<Uint8Array>): Promise<Spooled> {
    const path = join(this.#directory, String(this.#files++));
    const hash = createHash("sha256");
    const sizeBytes = await writeHashed(path, content, hash);
    return {
      path,
      sizeBytes,
      hash: hash.digest(),
      read: () => createReadStream(path, { highWaterMark: pieceBytes }) as AsyncIterable<Uint8Array>,
      async stream() {
        // An open file stays when its name goes.
        const file = await open(path);
        return file.createReadStream({ highWaterMark: pieceBytes });
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}

async function writeHashed(path: string, content: AsyncIterable<Uint8Array>, hash: Hash): Promise<number> {
  await using file = await open(path, "wx", 0o600);
  let sizeBytes = 0;
  for await (const chunk of content) {
    hash.update(chunk);
    await file.writeFile(chunk);
    sizeBytes += chunk.length;
  }
  return sizeBytes;
}
