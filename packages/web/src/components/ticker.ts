import { systemClock, type Clock } from "@hearth/base";

/**
 * One second hand for all ages on a page: it runs while somebody looks at it, and each looker renders again only when
 * its own words change.
 */
export class Ticker {
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #stop: AbortController | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly now = (): number => this.#clock.now();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (!this.#stop) {
      this.#stop = new AbortController();
      void this.#run(this.#stop.signal);
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#stop?.abort();
      this.#stop = undefined;
    };
  };

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // Just after the full second, so that all hands move together.
      const ms = 1_000 - (this.#clock.now() % 1_000) + 5;
      await this.#clock.sleep(ms, { signal, tag: "ticker" }).catch(() => undefined); // stopped
      for (const listener of this.#listeners) listener();
    }
  }
}

export const ticker = new Ticker(systemClock);
