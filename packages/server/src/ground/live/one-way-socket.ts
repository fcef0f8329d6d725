import type { WebSocket } from "ws";
import { onAbort, Scope, type Clock } from "@hearth/base";
import { slowMs } from "./slow-reader.ts";

const pingEveryMs = 15_000;
/** "Try again later": the client was too slow, and may come again where it was. @see IANA, WebSocket close codes */
const tooSlowCode = 1013;

/**
 * The server's side of a WebSocket that only the server talks on: texts out, a control ping every 15 s, and whatever the
 * client says closes it. `signal` aborts when it is closed, its client does not read, or the server stops.
 * @see spec/api.md §5
 */
export class OneWaySocket implements Disposable {
  readonly signal: AbortSignal;
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #open: Scope;

  constructor(socket: WebSocket, clock: Clock, signal: AbortSignal) {
    this.#socket = socket;
    this.#clock = clock;
    this.#open = new Scope(signal);
    this.signal = this.#open.signal;
    socket.once("close", () => this.#open.end());
    socket.on("message", () => socket.close(1000));
    void this.#keepAlive();
  }

  /** Resolves when the value has left as JSON, or the client is gone. */
  async send(value: unknown): Promise<void> {
    await this.sendText(JSON.stringify(value));
  }

  /**
   * The same for a text. Whoever waits for it before the next holds one text at most for a client that does not read; one
   * that has not taken it within a minute is let go with code 1013.
   */
  async sendText(text: string): Promise<void> {
    if (this.signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    // A socket that closed meanwhile calls back with an error; its `close` ends whoever sends.
    this.#socket.send(text, () => resolve());
    if (this.#socket.bufferedAmount > 0) await this.#waitForReader(promise, resolve);
    else await promise;
  }

  close(code: number, reason?: string): void {
    this.#socket.close(code, reason);
  }

  [Symbol.dispose](): void {
    this.#open.end();
  }

  async #waitForReader(left: Promise<void>, giveUp: () => void): Promise<void> {
    using deadline = this.#clock.timeout(slowMs, { signal: this.signal, tag: "slow-reader" });
    using _late = onAbort(deadline.signal, () => {
      // The close stands behind what is not read; `ws` itself cuts a client that does not answer it.
      if (!this.signal.aborted) this.#socket.close(tooSlowCode, "you read too slowly: come again where you were");
      this.#open.end();
      giveUp();
    });
    await left;
  }

  async #keepAlive(): Promise<void> {
    while (!this.signal.aborted) {
      try {
        await this.#clock.sleep(pingEveryMs, { signal: this.signal, tag: "socket-ping" });
      } catch {
        return; // closed
      }
      this.#socket.ping();
    }
  }
}
