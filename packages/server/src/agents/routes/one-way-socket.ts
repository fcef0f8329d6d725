import type { WebSocket } from "ws";
import { Scope, type Clock } from "@hearth/base";

const pingEveryMs = 15_000;

/**
 * The server's side of a WebSocket that only the server talks on: texts out, a control ping every 15 s, and whatever the
 * client says closes it. `signal` aborts when it is closed or the server stops.
 * @see spec/api.md §5
 */
export class OneWaySocket implements Disposable {
  readonly signal: AbortSignal;
  readonly #socket: WebSocket;
  readonly #open: Scope;

  constructor(socket: WebSocket, clock: Clock, signal: AbortSignal) {
    this.#socket = socket;
    this.#open = new Scope(signal);
    this.signal = this.#open.signal;
    socket.once("close", () => this.#open.end());
    socket.on("message", () => socket.close(1000));
    void this.#keepAlive(clock);
  }

  /** Resolves when the text has left, or the client is gone. */
  async send(value: unknown): Promise<void> {
    await new Promise<void>((resolve) => {
      // A socket that closed meanwhile calls back with an error; its `close` ends whoever sends.
      this.#socket.send(JSON.stringify(value), () => resolve());
    });
  }

  close(code: number, reason?: string): void {
    this.#socket.close(code, reason);
  }

  [Symbol.dispose](): void {
    this.#open.end();
  }

  async #keepAlive(clock: Clock): Promise<void> {
    while (!this.signal.aborted) {
      try {
        await clock.sleep(pingEveryMs, { signal: this.signal, tag: "socket-ping" });
      } catch {
        return; // closed
      }
      this.#socket.ping();
    }
  }
}
