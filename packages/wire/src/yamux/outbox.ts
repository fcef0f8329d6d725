import type { Duplex } from "node:stream";
import type { Clock } from "@hearth/base";

/** Written to the transport and not yet taken by it. Small, so that a frame that matters waits behind little. */
const maxInFlightBytes = 128 * 1024;
/** The largest payload of one frame: streams take turns, frame by frame. */
const maxFramePayloadBytes = 64 * 1024;
/** Batches up to this size are copied into one buffer: one small write is cheaper than several. */
const copiedBatchBytes = 16 * 1024;

/** A stream with something to send. */
export interface FrameSource {
  /** Adds one data frame with at most that much payload to the batch; says how many bytes it added, 0 for none. */
  takeFrame(batch: Buffer[], maxPayloadBytes: number): number;
  /** The frame is on its way; what is queued from now on comes after it. Called after each `takeFrame`. */
  onFrameTaken(): void;
}

export interface OutboxOptions {
  clock: Clock;
  writeTimeoutMs: number;
  maxOwedBytes: number;
  /** The transport has taken nothing for `writeTimeoutMs`. */
  onStalled: () => void;
  /** Control frames beyond `maxOwedBytes` wait, because the transport does not take them. */
  onOwed: () => void;
}

/**
 * The way out of a session: control frames as they come, data of the streams in turn.
 *
 * - What is queued in one go of the event loop leaves together, at its end, or earlier with `flush`.
 * - At most {@link maxInFlightBytes} and one frame are with the transport; what more a stream has stays with it, so a
 *   slow connection holds writers back instead of filling memory.
 * - Control frames need no credit, so they alone can pile up, and only behind a transport that is stuck.
 * - A stuck transport is noticed by one timer a session, which runs only while something is in flight.
 */
export class Outbox {
  readonly #transport: Duplex;
  readonly #options: OutboxOptions;
  readonly #stop = new AbortController();
  #control: Buffer[] = [];
  #owedBytes = 0;
  readonly #ready: FrameSource[] = [];
  #inFlightBytes = 0;
  #movedAtMs = 0;
  #isScheduled = false;
  /** Writing may call back at once; what that queues is found by the loop already running, in its order. */
  #isFlushing = false;
  #isWatching = false;
  #onIdle: (() => void) | undefined;

  constructor(transport: Duplex, options: OutboxOptions) {
    this.#transport = transport;
    this.#options = options;
  }

  /** Queues a control frame. */
  control(header: Buffer): void {
    if (this.#stop.signal.aborted) return;
    this.#control.push(header);
    this.#owedBytes += header.length;
    if (this.#owedBytes > this.#options.maxOwedBytes) this.#options.onOwed();
    else this.schedule();
  }

  /** Puts a stream in line. It must not be in line already. */
  ready(source: FrameSource): void {
    this.#ready.push(source);
    this.schedule();
  }

  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.flush();
    });
  }

  /** Gives the transport what it may have now. */
  flush(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    while (this.#inFlightBytes < maxInFlightBytes && !this.#stop.signal.aborted) {
      if (this.#control.length === 0 && this.#ready.length === 0) break;
      this.#sendBatch();
    }
    this.#isFlushing = false;
    if (this.#isEmpty) this.#onIdle?.();
  }

  /** Resolves once everything that may be sent has been taken by the transport, or the outbox was stopped. */
  idle(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onIdle = resolve;
    this.flush();
    return promise;
  }

  /** Sends nothing more. */
  stop(): void {
    this.#stop.abort();
    this.#control = [];
    this.#ready.length = 0;
    this.#onIdle?.();
  }

  get #isEmpty(): boolean {
    return this.#control.length === 0 && this.#ready.length === 0 && this.#inFlightBytes === 0;
  }

  /**
   * Control frames and data in the order in which they became known, so that one write carries a stream's SYN, its data
   * and its FIN. Bounded: a stream that has taken its turn goes to the end of the line.
   */
  #sendBatch(): void {
    const batch: Buffer[] = [];
    let batchBytes = 0;
    while (batchBytes < maxFramePayloadBytes && !this.#stop.signal.aborted) {
      if (this.#control.length > 0) {
        for (const header of this.#control) batch.push(header);
        batchBytes += this.#owedBytes;
        this.#control = [];
        this.#owedBytes = 0;
      }
      const source = this.#ready.shift();
      if (!source) break;
      batchBytes += source.takeFrame(batch, maxFramePayloadBytes);
      source.onFrameTaken();
    }
    if (batchBytes > 0) this.#write(batch, batchBytes);
  }

  #write(batch: Buffer[], batchBytes: number): void {
    if (this.#inFlightBytes === 0) this.#movedAtMs = this.#options.clock.now();
    this.#inFlightBytes += batchBytes;
    this.#watch();
    const onTaken = (): void => this.#onTaken(batchBytes);
    const [first] = batch;
    if (batch.length === 1 && first) {
      this.#transport.write(first, onTaken);
    } else if (batchBytes <= copiedBatchBytes) {
      this.#transport.write(Buffer.concat(batch, batchBytes), onTaken);
    } else {
      this.#transport.cork();
      batch.forEach((part, index) => this.#transport.write(part, index === batch.length - 1 ? onTaken : this.#onMoved));
      this.#transport.uncork();
    }
  }

  readonly #onMoved = (): void => {
    this.#movedAtMs = this.#options.clock.now();
  };

  #onTaken(bytes: number): void {
    const wasFull = this.#inFlightBytes >= maxInFlightBytes;
    this.#inFlightBytes -= bytes;
    this.#onMoved();
    if (wasFull || this.#inFlightBytes === 0) this.flush();
  }

  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    void this.#watchForStall();
  }

  /** Looks once per timeout, not once per write: an idle session has no timer, a busy one a single one. */
  async #watchForStall(): Promise<void> {
    const { clock, writeTimeoutMs, onStalled } = this.#options;
    const { signal } = this.#stop;
    while (this.#inFlightBytes > 0) {
      const leftMs = this.#movedAtMs + writeTimeoutMs - clock.now();
      if (leftMs <= 0) return onStalled();
      try {
        await clock.sleep(leftMs, { signal, tag: "yamux write timeout" });
      } catch {
        return; // Stopped: the only way this sleep fails.
      }
    }
    this.#isWatching = false;
  }
}
