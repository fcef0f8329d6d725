import type { Writable } from "node:stream";
import type { Clock } from "@hearth/base";
import type { Status } from "./out.ts";
import type { Style } from "./style.ts";

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"] as const;
const frameMs = 80;
/** What is over sooner is not worth a flicker. */
const firstFrameMs = 150;

/**
 * The last line of a terminal, drawn again and again while something is waited for.
 *
 * One status at a time; other lines clear it first and the next frame draws it below them.
 */
export class StatusLine {
  readonly #stream: Writable;
  readonly #style: Style;
  readonly #clock: Clock;
  #isDrawn = false;

  constructor(stream: Writable, style: Style, clock: Clock) {
    this.#stream = stream;
    this.#style = style;
    this.#clock = clock;
  }

  start(text: string): Status {
    let current = text;
    const stop = new AbortController();
    void this.#animate(() => current, stop.signal);
    return {
      update: (next) => {
        current = next;
      },
      [Symbol.dispose]: () => {
        stop.abort();
        this.clear();
      },
    };
  }

  /** Takes the line away, so that another can be written. */
  clear(): void {
    if (!this.#isDrawn) return;
    this.#stream.write("\r\u001b[2K");
    this.#isDrawn = false;
  }

  async #animate(text: () => string, signal: AbortSignal): Promise<void> {
    try {
      await this.#clock.sleep(firstFrameMs, { signal, tag: "status line" });
      for (let frame = 0; ; frame += 1) {
        // A terminal that takes nothing (Ctrl-S) would only make us keep what it is to show later.
        if (this.#stream.writableLength === 0) {
          this.#stream.write(`\r\u001b[2K${this.#style.cyan(frames[frame % frames.length] ?? "")} ${text()}`);
          this.#isDrawn = true;
        }
        await this.#clock.sleep(frameMs, { signal, tag: "status line" });
      }
    } catch (error) {
      // The status was disposed: its owner went on.
      if (!signal.aborted) throw error;
    }
  }
}
