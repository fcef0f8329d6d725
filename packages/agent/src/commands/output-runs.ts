/** Where a byte of output came from. On a terminal everything is `stdout`. */
export type OutputSource = "stdout" | "stderr";

/** So many bytes of one source, up to (not including) an offset. */
export interface OutputRun {
  readonly source: OutputSource;
  readonly endOffset: number;
}

/** Changes between the two that are remembered: one that writes a line here and a line there makes one of each. */
const mostRuns = 16_384;
const shortestCleaning = 1024;

/**
 * Which bytes of an output came from where. The two are kept as one, in the order they were read in.
 *
 * Runs follow each other without a gap from {@link startOffset} to {@link endOffset}, neighbours differ in their source,
 * and there are never more than 16,384: beyond that the oldest goes.
 */
export class OutputRuns {
  #runs: { source: OutputSource; endOffset: number }[] = [];
  /** How many at the front are gone: cut off now and then, because cutting moves all the others. */
  #gone = 0;
  #startOffset = 0;

  get startOffset(): number {
    return this.#startOffset;
  }

  get endOffset(): number {
    return this.#runs.at(-1)?.endOffset ?? this.#startOffset;
  }

  push(source: OutputSource, bytes: number): void {
    const last = this.#runs.at(-1);
    const endOffset = this.endOffset + bytes;
    if (last?.source === source) last.endOffset = endOffset;
    else this.#runs.push({ source, endOffset });
    const oldest = this.#runs[this.#gone];
    if (this.#runs.length - this.#gone > mostRuns && oldest) this.dropBefore(oldest.endOffset);
  }

  /** Forgets what came before the offset, which is at most {@link endOffset}. */
  dropBefore(offset: number): void {
    if (offset <= this.#startOffset) return;
    this.#startOffset = offset;
    const isGone = (run: OutputRun | undefined): boolean => run !== undefined && run.endOffset <= offset;
    // The last run stays: it says where the end is.
    while (this.#gone < this.#runs.length - 1 && isGone(this.#runs[this.#gone])) this.#gone++;
    if (this.#gone < shortestCleaning) return;
    this.#runs = this.#runs.slice(this.#gone);
    this.#gone = 0;
  }

  /** The run that holds the byte at the offset, or nothing when there is no such byte (any more, or yet). */
  at(offset: number): OutputRun | undefined {
    if (offset < this.#startOffset || offset >= this.endOffset) return undefined;
    let low = this.#gone;
    let high = this.#runs.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const run = this.#runs[middle];
      if (run && run.endOffset <= offset) low = middle + 1;
      else high = middle;
    }
    return this.#runs[low];
  }
}
