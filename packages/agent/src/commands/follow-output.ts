import type { OutputPiece } from "#commands/output-record.ts";
import type { KeptCommand, OutputReader } from "#commands/kept-command.ts";
import type { Exit } from "#processes/exit.ts";

/** Where output goes. */
export interface OutputSink {
  /** How many bytes it takes now; who says 0 calls {@link OutputFollower.pump} when that has changed. */
  room(): number;
  take(piece: OutputPiece): void;
  /** The command has ended, and this is behind the last of its output. */
  end(exit: Exit): void;
  /** The output cannot be read any more. */
  fail(error: unknown): void;
}

const mostBytesAtOnce = 64 * 1024;

/** Brings the output of a command to a sink, from an offset on, as fast as that takes it, until it is told the end. */
export class OutputFollower implements OutputReader, Disposable {
  readonly #command: KeptCommand;
  readonly #sink: OutputSink;
  readonly #bells: readonly Disposable[];
  #offset: number;
  #isReading = false;
  #isOver = false;

  constructor(command: KeptCommand, sink: OutputSink, offset = 0) {
    this.#command = command;
    this.#sink = sink;
    this.#offset = offset;
    this.#bells = [command.output.grown, command.ended].map((wake) => wake.subscribe(() => this.pump()));
  }

  get offset(): number {
    return this.#offset;
  }

  /** Gives what there is, as far as there is room. To be called at the beginning, and when there is room again. */
  pump(): void {
    const { output } = this.#command;
    while (!this.#isOver && !this.#isReading) {
      const { exit } = this.#command;
      if (exit && this.#offset >= output.endOffset) return this.#end(exit);
      const room = this.#sink.room();
      if (room <= 0) return;
      const piece = output.next(this.#offset, Math.min(room, mostBytesAtOnce));
      if (piece === undefined) return;
      if (piece instanceof Promise) return void this.#wait(piece);
      this.#take(piece);
    }
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    for (const bell of this.#bells) bell[Symbol.dispose]();
  }

  async #wait(reading: Promise<OutputPiece>): Promise<void> {
    this.#isReading = true;
    try {
      const piece = await reading;
      if (!this.#isOver) this.#take(piece);
    } catch (error) {
      if (this.#isOver) return;
      this[Symbol.dispose]();
      this.#sink.fail(error);
    } finally {
      this.#isReading = false;
    }
    this.pump();
  }

  #take(piece: OutputPiece): void {
    this.#offset += piece.source === "dropped" ? piece.count : piece.bytes.length;
    this.#sink.take(piece);
    this.#command.onRead();
  }

  #end(exit: Exit): void {
    this[Symbol.dispose]();
    this.#sink.end(exit);
  }
}
