import { closeSync, mkdirSync, openSync, read, unlinkSync, write } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const readAt = promisify(read);
const writeAt = promisify(write);

let lastNumber = 0;

/**
 * A file that holds the last `capacityBytes` of a stream, each byte at its offset in the stream modulo the capacity.
 *
 * It has no name once it is open: whatever ends the agent, its room is given back. Bytes that are being written over may
 * be read torn: whoever reads looks afterwards whether they were still due.
 */
export class RingFile implements Disposable {
  readonly capacityBytes: number;
  readonly #fd: number;
  #isOpen = true;

  /** @throws the system's error when there is no place for it. */
  constructor(directory: string, capacityBytes: number) {
    this.capacityBytes = capacityBytes;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const path = join(directory, `output-${process.pid}-${++lastNumber}`);
    this.#fd = openSync(path, "wx+", 0o600);
    unlinkSync(path);
  }

  /** Writes all of it, which is at most the capacity. @throws the system's error: a disk may be full. */
  async write(bytes: Buffer, offset: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const at = (offset + done) % this.capacityBytes;
      const length = Math.min(bytes.length - done, this.capacityBytes - at);
      const { bytesWritten } = await writeAt(this.#fd, bytes, done, length, at);
      done += bytesWritten;
    }
  }

  /** Up to so many bytes from the offset on; fewer at the end of the file, where the stream goes on at its beginning. */
  async read(offset: number, mostBytes: number): Promise<Buffer> {
    const at = offset % this.capacityBytes;
    const bytes = Buffer.allocUnsafe(Math.min(mostBytes, this.capacityBytes - at));
    const { bytesRead } = await readAt(this.#fd, bytes, 0, bytes.length, at);
    return bytes.subarray(0, bytesRead);
  }

  [Symbol.dispose](): void {
    if (this.#isOpen) closeSync(this.#fd);
    this.#isOpen = false;
  }
}
