import { type Logger, Wake } from "@hearth/base";
import { OutputRuns, type OutputSource } from "#commands/output-runs.ts";
import { RingFile } from "#commands/ring-file.ts";

/** A piece of an output; `dropped`: so many bytes that were here are gone. */
export type OutputPiece =
  | { readonly source: OutputSource; readonly bytes: Buffer }
  | { readonly source: "dropped"; readonly count: number };

export interface OutputRecordOptions {
  /** Where its file goes, should there be one. */
  readonly directory: string;
  readonly log: Logger;
  /** @default 16 MiB */
  readonly capacityBytes?: number;
}

const defaultCapacityBytes = 16 * 1024 * 1024;
/** So much waits in memory before it is written: most commands say less, and never touch the disk. */
const memoryBytes = 64 * 1024;
/** What a command that has ended may keep in memory; the rest goes to the file. */
const restBytes = 4 * 1024;
/** So much may wait for the disk before whoever makes it is to wait as well. */
const fullBytes = 1024 * 1024;
/** What is kept where there is no disk: more than a command that waits for its client is ahead of it. */
const disklessBytes = 256 * 1024;

/**
 * What a command has said, as one sequence of bytes: the last 16 MiB, the newest of it in memory, the rest in a file.
 *
 * Invariants: bytes from `#writtenOffset` on are in memory, those before it in the file; nothing before
 * {@link startOffset} is read; what a write is about to write over is dropped before it begins. A disk that takes no
 * more costs the older output, never the command.
 */
export class OutputRecord implements Disposable {
  /** Rings when there is more to read. */
  readonly grown = new Wake();
  /** Rings when {@link isFull} may have ended. */
  readonly drained = new Wake();
  readonly #options: OutputRecordOptions;
  readonly #capacityBytes: number;
  readonly #runs = new OutputRuns();
  #memory: Buffer[] = [];
  #writtenOffset = 0;
  #file: RingFile | undefined;
  #isWriting = false;
  #toleratedBytes = memoryBytes;
  #isDiskless = false;
  #isClosed = false;

  constructor(options: OutputRecordOptions) {
    this.#options = options;
    this.#capacityBytes = options.capacityBytes ?? defaultCapacityBytes;
  }

  /** The oldest byte that is still there; so many were dropped. */
  get startOffset(): number {
    return this.#runs.startOffset;
  }

  /** How many bytes were said so far. */
  get endOffset(): number {
    return this.#runs.endOffset;
  }

  /** The disk is behind: more is taken, but whoever can should wait for {@link drained}. */
  get isFull(): boolean {
    return this.endOffset - this.#writtenOffset > fullBytes;
  }

  append(source: OutputSource, bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#memory.push(bytes);
    this.#runs.push(source, bytes.length);
    this.#runs.dropBefore(this.endOffset - this.#capacityBytes);
    this.#write();
    this.grown.notify();
  }

  /** No more comes: what is left in memory is little from now on. */
  finish(): void {
    this.#toleratedBytes = restBytes;
    this.#write();
  }

  /**
   * What begins at the offset: at most so many bytes of one source, or that bytes were dropped there. Nothing when there is
   * no more yet. What is in memory is given at once. @throws the system's error when the file cannot be read.
   */
  next(offset: number, mostBytes: number): OutputPiece | Promise<OutputPiece> | undefined {
    if (offset < this.startOffset) return { source: "dropped", count: this.startOffset - offset };
    const run = this.#runs.at(offset);
    if (!run) return undefined;
    const most = Math.min(mostBytes, run.endOffset - offset);
    if (offset < this.#writtenOffset) return this.#fromFile(offset, most, run.source);
    return { source: run.source, bytes: this.#fromMemory(offset, most) };
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#memory = [];
    if (!this.#isWriting) this.#file?.[Symbol.dispose]();
  }

  #fromMemory(offset: number, most: number): Buffer {
    let at = this.#writtenOffset;
    for (const chunk of this.#memory) {
      if (offset < at + chunk.length) return chunk.subarray(offset - at, offset - at + most);
      at += chunk.length;
    }
    throw new Error(`No byte at ${offset} is in memory.`); // the runs say that there is
  }

  async #fromFile(offset: number, most: number, source: OutputSource): Promise<OutputPiece> {
    const bytes = await this.#file?.read(offset, Math.min(most, this.#writtenOffset - offset));
    if (offset < this.startOffset) return { source: "dropped", count: this.startOffset - offset };
    if (!bytes || bytes.length === 0) throw new Error(`The output at ${offset} is no longer in its file.`);
    return { source, bytes };
  }

  get #isBehind(): boolean {
    return !this.#isClosed && this.endOffset - this.#writtenOffset > this.#toleratedBytes;
  }

  /** Brings what is in memory to the file, as long as it is too much. */
  #write(): void {
    if (this.#isWriting || !this.#isBehind) return;
    if (this.#isDiskless) return this.#keepInMemoryOnly();
    this.#isWriting = true;
    void this.#writeAll().finally(() => {
      this.#isWriting = false;
      if (this.#isClosed) this.#file?.[Symbol.dispose]();
      this.#write();
      this.drained.notify();
    });
  }

  async #writeAll(): Promise<void> {
    try {
      this.#file ??= new RingFile(this.#options.directory, this.#capacityBytes);
      while (this.#isBehind) await this.#writeOnce(this.#file);
    } catch (error) {
      this.#options.log.warn({ err: error }, "output of a command cannot be kept on the disk; only the newest is kept");
      this.#isDiskless = true;
    }
  }

  async #writeOnce(file: RingFile): Promise<void> {
    const chunks = this.#memory.slice();
    const all = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
    const endOffset = this.#writtenOffset + all.length;
    this.#runs.dropBefore(endOffset - file.capacityBytes);
    // Of more than the file holds only the end would be left.
    const skipped = Math.max(0, all.length - file.capacityBytes);
    await file.write(all.subarray(skipped), this.#writtenOffset + skipped);
    if (this.#isClosed) return;
    this.#memory.splice(0, chunks.length);
    this.#writtenOffset = endOffset;
    this.drained.notify();
  }

  /** Without a disk the newest is all there is. */
  #keepInMemoryOnly(): void {
    let held = this.endOffset - this.#writtenOffset;
    while (held > disklessBytes) {
      const oldest = this.#memory.shift();
      if (!oldest) break;
      held -= oldest.length;
      this.#writtenOffset += oldest.length;
    }
    this.#runs.dropBefore(this.#writtenOffset);
  }
}
