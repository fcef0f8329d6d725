import type { ServerResponse } from "node:http";
import { onAbort, Scope, type Clock } from "@hearth/base";
import type { ApiError } from "@hearth/sdk";

const keepAliveMs = 15_000;

/**
 * A server-sent event stream: `ping` without data, `data` and `error` with one line of JSON.
 *
 * A client that does not read is bounded by its socket's buffer: `send` resolves when the event has left or the client
 * is gone. @see spec/api.md §5
 */
export class EventStream {
  readonly #response: ServerResponse;
  /** Aborts when the client is gone or the server closes. */
  readonly signal: AbortSignal;

  constructor(response: ServerResponse, signal: AbortSignal) {
    this.#response = response;
    this.signal = signal;
  }

  async send(type: "data" | "error", value: unknown): Promise<void> {
    await this.sendText(type, JSON.stringify(value));
  }

  /** The same for JSON that is one text for many streams: it is made once. Several events leave in one piece. */
  async sendText(type: "data" | "error", ...json: readonly string[]): Promise<void> {
    await this.#write(json.map((text) => eventText(type, text)).join(""));
  }

  async ping(): Promise<void> {
    await this.#write("event: ping\n\n");
  }

  /**
   * The last word: why it ends. What the server says in any other answer, as an event; a client that does not read is not
   * waited for.
   * @see spec/api.md §5, "`error` carries a Response"
   */
  end({ message, code }: ApiError): void {
    if (this.signal.aborted || this.#response.writableEnded) return;
    this.#response.write(eventText("error", JSON.stringify({ message, code })));
  }

  /** Pings every 15 s until the stream ends, or `until` aborts. Run it beside the stream's own work. */
  async keepAlive(clock: Clock, until?: AbortSignal): Promise<void> {
    using scope = new Scope(this.signal, until);
    const { signal } = scope;
    while (!signal.aborted) {
      try {
        await clock.sleep(keepAliveMs, { signal, tag: "event-stream-ping" });
      } catch {
        return; // the client left
      }
      await this.ping();
    }
  }

  async #write(text: string): Promise<void> {
    if (this.signal.aborted || this.#response.writableEnded) return;
    if (this.#response.write(text)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = () => resolve();
    this.#response.once("drain", done);
    using _left = onAbort(this.signal, done);
    await promise;
    this.#response.off("drain", done);
  }
}

function eventText(type: string, json: string): string {
  return `event: ${type}\ndata: ${json}\n\n`;
}
