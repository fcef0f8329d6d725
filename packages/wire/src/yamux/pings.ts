import type { Clock } from "@hearth/base";
import type { SessionEnded } from "./errors.ts";

export interface PingOptions {
  /** Gives up waiting for this answer; the session is not affected. */
  signal?: AbortSignal | undefined;
}

/** The pings one side of a session has sent: values count up from 0, and each is answered or fails with the session. */
export class Pings {
  readonly #clock: Clock;
  readonly #send: (value: number) => void;
  readonly #waiting = new Map<number, { sentAtMs: number; answer: PromiseWithResolvers<number> }>();
  #next = 0;
  #end: SessionEnded | undefined;

  constructor(clock: Clock, send: (value: number) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** Sends a ping; the promise gives the round trip in milliseconds. */
  async ping({ signal }: PingOptions = {}): Promise<number> {
    if (this.#end) throw this.#end;
    signal?.throwIfAborted();
    const value = this.#next;
    this.#next = (this.#next + 1) % 2 ** 32;
    const answer = Promise.withResolvers<number>();
    function onAbort(): void {
      answer.reject(signal?.reason);
    }
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#waiting.set(value, { sentAtMs: this.#clock.now(), answer });
    try {
      this.#send(value);
      return await answer.promise;
    } finally {
      this.#waiting.delete(value);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** An answer came; one that nobody waits for any more is dropped. */
  onAck(value: number): void {
    const waiting = this.#waiting.get(value);
    waiting?.answer.resolve(this.#clock.now() - waiting.sentAtMs);
  }

  /** No answer will come any more. */
  end(error: SessionEnded): void {
    this.#end = error;
    for (const { answer } of this.#waiting.values()) answer.reject(error);
  }
}
