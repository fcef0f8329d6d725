import type { Clock, Logger } from "@hearth/base";

/** How something that was opened is ended. */
export interface StopPhase {
  /** As the log names it. */
  readonly name: string;
  /** It is left behind when it takes longer. */
  readonly limitMs: number;
  readonly end: () => unknown;
}

/** The phase of something that disposes itself. */
export function closing(name: string, limitMs: number, resource: AsyncDisposable | Disposable): StopPhase {
  const end = () => (Symbol.asyncDispose in resource ? resource[Symbol.asyncDispose]() : resource[Symbol.dispose]());
  return { name, limitMs, end };
}

/**
 * What is opened in order and closed in reverse, each as a phase with a name, a limit and a line in the log. A phase that
 * overruns is named and left behind, so that the ones after it still get their turn.
 */
export class StopPhases implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #phases: StopPhase[] = [];

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Each runs when everything that was added after it has ended. */
  add(...phases: readonly StopPhase[]): void {
    this.#phases.push(...phases);
  }

  /** The same for one. */
  defer(name: string, limitMs: number, end: () => unknown): void {
    this.add({ name, limitMs, end });
  }

  /** The same for something that disposes itself. */
  use<T extends AsyncDisposable | Disposable>(name: string, limitMs: number, resource: T): T {
    this.add(closing(name, limitMs, resource));
    return resource;
  }

  /** Runs every phase, also after one that failed. @throws AggregateError of what failed */
  async [Symbol.asyncDispose](): Promise<void> {
    const errors: unknown[] = [];
    for (const phase of this.#phases.splice(0).reverse()) {
      try {
        await this.#run(phase.name, phase.limitMs, phase.end);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, "Not everything could be stopped cleanly.");
  }

  async #run(name: string, limitMs: number, end: () => unknown): Promise<void> {
    const startedMs = this.#clock.now();
    const over = new AbortController();
    const limit = this.#clock
      .sleep(limitMs, { signal: over.signal, tag: "stop-phase" })
      .then(() => "overrun" as const)
      .catch(() => "ended" as const); // the phase ended first
    try {
      // Also one that throws before it has a promise to give ends the wait for its limit.
      const work = (async () => {
        await end();
        return "ended" as const;
      })();
      const outcome = await Promise.race([work, limit]);
      const durationMs = this.#clock.now() - startedMs;
      if (outcome === "overrun") {
        this.#log.error({ phase: name, limitMs }, "a phase of stopping overran its limit and was left behind");
        work.catch((error: unknown) => this.#log.error({ phase: name, err: error }, "and failed later"));
      } else this.#log.info({ phase: name, durationMs }, "stopped");
    } finally {
      over.abort();
    }
  }
}
