import { Scope, type Clock } from "@hearth/base";

/** How long a model may say nothing, in milliseconds. @see spec "AI chat" §7.2 [P] */
export interface SilenceLimits {
  readonly beforeFirstPartMs: number;
  readonly betweenPartsMs: number;
}

export const silenceLimits: SilenceLimits = { beforeFirstPartMs: 120_000, betweenPartsMs: 60_000 };

/** For `clock.asleep`. */
export const silenceTag = "model silence";

/**
 * Ends what a model has been silent in for too long: aborts its signal. One wait at a time, however many parts come: it looks
 * when the last one was, and waits for what is left.
 */
export class SilenceGuard implements Disposable {
  /** Aborts when the model falls silent, or `outer` does. */
  readonly signal: AbortSignal;
  readonly #silent = new AbortController();
  readonly #scope: Scope;
  readonly #done = new AbortController();
  #lastMs: number;
  #limitMs: number;
  readonly #limits: SilenceLimits;
  readonly #clock: Clock;

  constructor(clock: Clock, outer: AbortSignal, limits: SilenceLimits = silenceLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#lastMs = clock.now();
    this.#limitMs = limits.beforeFirstPartMs;
    this.#scope = new Scope(outer, this.#silent.signal);
    this.signal = this.#scope.signal;
    void this.#watch();
  }

  get isSilent(): boolean {
    return this.#silent.signal.aborted;
  }

  /** The model has said something. */
  heard(): void {
    this.#lastMs = this.#clock.now();
    this.#limitMs = this.#limits.betweenPartsMs;
  }

  [Symbol.dispose](): void {
    this.#done.abort();
    this.#scope.end();
  }

  async #watch(): Promise<void> {
    const { signal } = this.#done;
    while (!signal.aborted) {
      const leftMs = this.#lastMs + this.#limitMs - this.#clock.now();
      if (leftMs <= 0) {
        this.#silent.abort(new Error("The model has said nothing for too long."));
        return;
      }
      // No longer than the shorter limit: a first part makes the next one due sooner than was waited for.
      await this.#clock
        .sleep(Math.min(leftMs, this.#limits.betweenPartsMs), { signal, tag: silenceTag })
        .catch(() => undefined);
    }
  }
}
