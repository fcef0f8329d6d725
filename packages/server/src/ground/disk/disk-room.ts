import { statfs } from "node:fs/promises";
import { ApiError } from "@hearth/sdk";
import type { Clock, Logger } from "@hearth/base";
import { inBytes } from "./in-bytes.ts";

/** Whether there is room for what grows the data directory. */
export interface Room {
  /** @throws ApiError `insufficient_storage` when less would be left than is kept free; `what` begins a sentence */
  require(what: string, bytes?: number): Promise<void>;
  /** Whether nothing more is to be begun. */
  isShort(): Promise<boolean>;
}

export interface DiskRoomOptions {
  readonly directory: string;
  /** What stays free for what runs: the database's log, logs, the work in workspaces. 0: nothing is ever refused. */
  readonly keptFreeBytes: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** In tests, in the place of the file system. */
  readonly freeBytes?: ((directory: string) => Promise<number>) | undefined;
}

/** An answer that there is room is good for this long: thousands of creates ask once. */
const freshMs = 1_000;

/**
 * Asks the file system of a directory: while there is room, one call of the kernel a second at most, and none when nobody
 * asks. Nobody is refused for what was true a moment ago: whoever has made room may go on at once.
 */
export class DiskRoom implements Room {
  readonly #options: DiskRoomOptions;
  #known: { readonly atMs: number; readonly free: Promise<number> } | undefined;
  #wasShort = false;

  constructor(options: DiskRoomOptions) {
    this.#options = options;
  }

  async require(what: string, bytes = 0): Promise<void> {
    const { keptFreeBytes } = this.#options;
    if (keptFreeBytes === 0) return;
    const needed = keptFreeBytes + bytes;
    const free = await this.#freeFor(needed);
    if (free >= needed) return;
    throw new ApiError(
      "insufficient_storage",
      `${what} needs ${inBytes(needed)} free on the server's disk, and ${inBytes(free)} are: delete workspaces that nobody needs, or ask whoever runs the server to make room, and try again.`,
      { detail: `HEARTH_MIN_FREE_DISK keeps ${inBytes(keptFreeBytes)} for what runs already.` },
    );
  }

  async isShort(): Promise<boolean> {
    const { keptFreeBytes } = this.#options;
    return keptFreeBytes > 0 && (await this.#freeFor(keptFreeBytes)) < keptFreeBytes;
  }

  async #freeFor(needed: number): Promise<number> {
    const nowMs = this.#options.clock.now();
    const isFresh = this.#known !== undefined && nowMs - this.#known.atMs < freshMs && nowMs >= this.#known.atMs;
    if (this.#known !== undefined && isFresh) {
      const free = await this.#known.free;
      if (free >= needed) return free;
    }
    const known = { atMs: nowMs, free: this.#look() };
    this.#known = known;
    return await known.free;
  }

  async #look(): Promise<number> {
    const { directory, log, freeBytes = freeBytesOf } = this.#options;
    try {
      const free = await freeBytes(directory);
      this.#tell(free);
      return free;
    } catch (error) {
      // Nobody is refused for what we do not know.
      log.warn({ err: error, directory }, "the free space of the disk cannot be read");
      return Infinity;
    }
  }

  #tell(freeBytes: number): void {
    const { directory, keptFreeBytes, log } = this.#options;
    const isShort = freeBytes < keptFreeBytes;
    if (isShort === this.#wasShort) return;
    this.#wasShort = isShort;
    const fields = { directory, freeBytes, keptFreeBytes };
    if (isShort) log.error(fields, "the disk is nearly full, builds and uploads are refused");
    else log.info(fields, "the disk has room again, builds and uploads are taken");
  }
}

/** What users other than root may still write. */
async function freeBytesOf(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}
