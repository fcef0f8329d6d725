import type { ServerResponse } from "node:http";
import { onAbort, Scope, type Clock } from "@hearth/base";
import type { ApiError } from "@hearth/sdk";
import { slowMs } from "../live/index.ts";

const keepAliveMs = 15_000;

/**
 * A server-sent event stream: `ping` without data, every other event (`data`, `error`, …) with one line of JSON.
 *
 * A client that does not read is bounded by its socket's buffer: `send` resolves when the event has left or the client
 * is gone, and one that has not taken it within a minute is cut. @see spec/api.md §5
 */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #clock: Clock;
  /** Aborts when the client is gone or the server closes. */
  readonly signal: AbortSignal;

  constructor(response: ServerResponse, clock: Clock, signal: AbortSignal) {
    this.#response = response;
    this.#clock = clock;
    this.signal = signal;
  }

  async send(type: string, value: unknown): Promise<void> {
    await this.sendText(type, JSON.stringify(value));
  }

  /** The same for JSON that is one text for many streams: it is made once. Several events leave in one piece. */
  async sendText(type: string, ...json: readonly string[]): Promise<void> {
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
  async keepAlive(until?: AbortSignal): Promise<void> {
    using scope = new Scope(this.signal, until);
    const { signal } = scope;
    while (!signal.aborted) {
      try {
        await this.#clock.sleep(keepAliveMs, { signal, tag: "event-stream-ping" });
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
    this.#response.once("drain", resolve);
    using _left = onAbort(this.signal, resolve);
    using deadline = this.#clock.timeout(slowMs, { signal: this.signal, tag: "slow-reader" });
    using _late = onAbort(deadline.signal, () => {
      // No code can be told to who reads nothing. A client that was cut comes again.
      if (!this.signal.aborted) this.#response.destroy();
      resolve();
    });
    await promise;
    this.#response.off("drain", resolve);
  }
}

function eventText(type: string, json: string): string {
  return `event: ${type}\ndata: ${json}\n\n`;
}
