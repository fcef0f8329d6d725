import type { Writable } from "node:stream";
import { headOf } from "@hearth/sdk/commands";

/** The way out of a connection that many commands share: each frame whole, and room given in turn. */
export class Outlet {
  readonly #stream: Writable;
  #waiting: (() => void)[] = [];

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on("drain", () => this.#wake());
  }

  /** The peer is behind. What must be said can be; what is long should {@link wait}. */
  get isFull(): boolean {
    return this.#stream.writableNeedDrain;
  }

  /** Calls back once when it is no longer full: those who waited first, first. */
  wait(listener: () => void): void {
    this.#waiting.push(listener);
  }

  send(kind: number, command: number, payload: Uint8Array | object): void {
    if (!this.#stream.writable) return; // it is over, and whoever has a part in it hears so
    const bytes = payload instanceof Uint8Array ? payload : Buffer.from(JSON.stringify(payload));
    this.#stream.cork(); // head and payload leave as one
    this.#stream.write(headOf(kind, command, bytes.length));
    if (bytes.length > 0) this.#stream.write(bytes);
    this.#stream.uncork();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const [index, listener] of waiting.entries()) {
      if (this.isFull) return void (this.#waiting = [...waiting.slice(index), ...this.#waiting]);
      listener();
    }
  }
}
