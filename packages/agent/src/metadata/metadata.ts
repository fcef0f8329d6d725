import { type Logger, Wake } from "@hearth/base";
import { type AgentClient, DrpcError, timestampFromMs } from "@hearth/wire";
import { collect, type CollectServices, type MetadataResult } from "#metadata/collect.ts";
import { dueKeys, type MetadataKey, type MetadataState, tickMs } from "#metadata/decide.ts";
import { waitForRing } from "#wait/wait-for-ring.ts";

const callTimeoutMs = 30_000;

/**
 * Collects what the template's metadata scripts say.
 *
 * - A key is never collected twice at once.
 * - What waits to be sent is the newest of each key; a slow server makes results fewer, not more numerous.
 * - Without keys nothing runs and nothing ticks. Without a session nothing is collected: nobody would see it.
 * @see agents §10.1
 */
export class Metadata {
  readonly #services: CollectServices;
  readonly #keysChanged = new Wake();
  readonly #states = new Map<string, MetadataState>();
  readonly #waiting = new Map<string, MetadataResult>();
  #keys: readonly MetadataKey[] = [];

  constructor(services: CollectServices) {
    this.#services = services;
  }

  /** What is asked for from now on. Keys that are gone are forgotten; `isAnew` forgets when the others were collected. */
  setKeys(keys: readonly MetadataKey[], { isAnew }: { isAnew: boolean }): void {
    const names = new Set(keys.map(({ key }) => key));
    this.#keys = keys;
    for (const key of [...this.#states.keys(), ...this.#waiting.keys()]) {
      if (names.has(key) && !isAnew) continue;
      this.#states.delete(key);
      this.#waiting.delete(key);
    }
    this.#keysChanged.notify();
  }

  /** Collects and sends, once a second where there is something to do, while the session lasts. Rejects when it ends. */
  async run({ client, log, signal }: MetadataSession): Promise<never> {
    const { clock } = this.#services;
    let sending: Promise<void> | undefined;
    for (;;) {
      this.#collectDue(signal);
      sending ??= this.#send({ client, log, signal })?.finally(() => (sending = undefined));
      const isIdle = this.#keys.length === 0;
      await waitForRing(this.#keysChanged, { clock, signal, tag: "metadata", atMostMs: isIdle ? undefined : tickMs });
    }
  }

  #collectDue(signal: AbortSignal): void {
    for (const due of dueKeys(this.#keys, this.#states, this.#services.clock.now())) {
      const started: MetadataState = { lastMs: this.#services.clock.now(), isRunning: true };
      this.#states.set(due.key, started);
      void collect(due, this.#services, signal).then((result) => {
        if (this.#states.get(due.key) !== started) return; // forgotten, or begun anew, in the meantime
        if (signal.aborted) {
          this.#states.delete(due.key); // cut off by the session's end: the next one collects it again
          return;
        }
        this.#states.set(due.key, { lastMs: started.lastMs, isRunning: false });
        this.#waiting.set(due.key, result);
      });
    }
  }

  /** Sends what waits; nothing when there is nothing. A server that refuses gets the next values, not these again. */
  #send({ client, log, signal }: MetadataSession): Promise<void> | undefined {
    if (this.#waiting.size === 0) return undefined;
    const sent = [...this.#waiting.values()];
    const metadata = sent.map(({ key, collectedAtMs, value, error }) => ({
      key,
      result: { collectedAt: timestampFromMs(collectedAtMs), value, error },
    }));
    this.#waiting.clear();
    return client.batchUpdateMetadata({ metadata }, { signal, timeoutMs: callTimeoutMs }).then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof DrpcError) return log.warn({ err: error }, "metadata was not taken");
        const known = new Set(this.#keys.map(({ key }) => key));
        for (const result of sent) {
          if (known.has(result.key) && !this.#waiting.has(result.key)) this.#waiting.set(result.key, result);
        }
        if (!signal.aborted) log.debug({ err: error }, "metadata could not be sent");
      },
    );
  }
}

export interface MetadataSession {
  readonly client: Pick<AgentClient, "batchUpdateMetadata">;
  readonly log: Logger;
  readonly signal: AbortSignal;
}
