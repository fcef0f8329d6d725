import type { Duplex } from "node:stream";
import { onAbort, once, silentLogger } from "@hearth/base";
import type { Clock, Logger } from "@hearth/base";
import { SessionEnded, YamuxProtocolError } from "./errors.ts";
import type { SessionEndKind } from "./errors.ts";
import { FrameDecoder } from "./frame-decoder.ts";
import { encodeHeader, frameFlags, frameTypes, goAwayCodes } from "./frame.ts";
import { Outbox } from "./outbox.ts";
import { Pings } from "./pings.ts";
import type { PingOptions } from "./pings.ts";
import { StreamTable } from "./stream-table.ts";
import type { YamuxStream } from "./stream.ts";

/** Answers we may owe a peer that does not read them. */
const maxOwedBytes = 1024 * 1024;

export interface YamuxSessionOptions {
  /** The side that dialled the connection is the client: it opens odd stream ids, the other even ones. */
  role: "client" | "server";
  clock: Clock;
  log?: Logger | undefined;
  /** @default 30000 */
  keepAliveIntervalMs?: number | undefined;
  /** How long a write may not move, and how long a keep-alive ping may go unanswered. @default 10000 */
  writeTimeoutMs?: number | undefined;
  /** Streams of the peer that may be open at once; more are reset. @default 4096 */
  maxIncomingStreams?: number | undefined;
  /** Takes each stream the peer opens, accepted. Without it they wait for {@link YamuxSession.incoming}. */
  onStream?: ((stream: YamuxStream) => void) | undefined;
}

/** How a session ended. `error` says what went wrong; there is none after an orderly close by either side. */
export interface SessionEnd {
  readonly kind: SessionEndKind;
  readonly error: SessionEnded | undefined;
}

/**
 * A connection that carries many streams, each with its own flow control.
 *
 * - Everything the peer does is bounded: what it sends by credit, what it opens by counts, what it makes us owe by
 *   {@link maxOwedBytes}. So incoming bytes are always taken at once, and a stream nobody reads blocks no other.
 * - A peer that is gone is noticed within `keepAliveIntervalMs + writeTimeoutMs`, and by a write that does not move
 *   within `writeTimeoutMs`.
 * - When the session ends its streams fail with {@link SessionEnded}; once `closed` resolves the transport is gone and
 *   no timer is left.
 *
 * @see agent wire, layer 2
 */
export class YamuxSession implements AsyncDisposable {
  /** Resolves, and never rejects, when the session has ended and its transport is closed. */
  readonly closed: Promise<SessionEnd>;
  /** Ends the session in order: what may be sent is sent, then the transport is ended, without a go away. */
  readonly close: () => Promise<SessionEnd> = once(() => this.#close());
  readonly #transport: Duplex;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #writeTimeoutMs: number;
  readonly #outbox: Outbox;
  readonly #pings: Pings;
  readonly #streams: StreamTable;
  readonly #decoder: FrameDecoder;
  readonly #stop = new AbortController();
  readonly #closed = Promise.withResolvers<SessionEnd>();
  #end: SessionEnd | undefined;

  constructor(transport: Duplex, options: YamuxSessionOptions) {
    const { role, clock, log = silentLogger, keepAliveIntervalMs = 30_000, writeTimeoutMs = 10_000 } = options;
    this.closed = this.#closed.promise;
    this.#transport = transport;
    this.#clock = clock;
    this.#log = log;
    this.#writeTimeoutMs = writeTimeoutMs;
    this.#outbox = new Outbox(transport, {
      clock,
      writeTimeoutMs,
      maxOwedBytes,
      onStalled: () => this.#fail("timed_out", `The connection took nothing for ${writeTimeoutMs} ms.`),
      onOwed: () => this.#fail("overrun", `The peer lets more than ${maxOwedBytes} bytes of answers wait.`),
    });
    this.#pings = new Pings(clock, (value) => this.#send(frameTypes.ping, frameFlags.syn, 0, value));
    this.#streams = new StreamTable({
      firstId: role === "client" ? 1 : 2,
      maxIncomingStreams: options.maxIncomingStreams ?? 4096,
      onStream: options.onStream,
      host: {
        sendUpdate: (streamId, flags, credit) => this.#send(frameTypes.windowUpdate, flags, streamId, credit),
        ready: (stream) => this.#outbox.ready(stream),
      },
    });
    this.#decoder = new FrameDecoder({
      onHeader: (type, flags, streamId, length) => this.#onHeader(type, flags, streamId, length),
      onPayload: (payload, isLast) => this.#streams.onPayload(payload, isLast),
    });
    transport.on("data", (chunk: Buffer) => this.#onBytes(chunk));
    transport.on("end", () => this.#onTransportEnd());
    transport.on("error", (error: Error) => this.#fail("cut", `The connection broke: ${error.message}`, error));
    transport.on("close", () => this.#onTransportClose());
    void this.#keepAlive(keepAliveIntervalMs);
  }

  /** How many streams are open. */
  get streamCount(): number {
    return this.#streams.size;
  }

  /** Whether the session has ended, or is ending. */
  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /**
   * Opens a stream; what is written to it leaves with the opening. While 256 wait for the peer's acknowledgement the
   * stream waits, too.
   * @throws SessionEnded when the session is over or the peer is going away.
   */
  open(): YamuxStream {
    return this.#streams.open();
  }

  /** The streams the peer opens. For one consumer; ends with the session. Leaving the loop refuses further streams. */
  incoming(): AsyncGenerator<YamuxStream, void, undefined> {
    return this.#streams.incoming();
  }

  /** The round trip in milliseconds. @throws SessionEnded, or the signal's reason. */
  ping(options?: PingOptions): Promise<number> {
    return this.#pings.ping(options);
  }

  /** Tells the peer to open no more streams, and refuses those it opens; open ones go on. */
  goAway(): void {
    this.#streams.closeForPeer();
    this.#send(frameTypes.goAway, 0, 0, goAwayCodes.normal);
  }

  /** Cuts the connection. Streams fail with the error. */
  destroy(error?: Error): void {
    this.#fail("closed", error?.message ?? "The session was closed.", error);
    this.#transport.destroy(); // also when an orderly close is under way
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<SessionEnd> {
    this.#streams.closeForUs(new SessionEnded("closed", "The session is closing."));
    this.#streams.closeForPeer();
    await this.#outbox.idle();
    this.#finish({ kind: "closed", error: undefined }, new SessionEnded("closed", "The session was closed."));
    return await this.#endTransport();
  }

  #send(type: number, flags: number, streamId: number, length: number): void {
    this.#outbox.control(encodeHeader({ type, flags, streamId, length }));
  }

  #onBytes(chunk: Buffer): void {
    if (this.#end) return;
    try {
      this.#decoder.push(chunk);
    } catch (error) {
      if (!(error instanceof YamuxProtocolError)) throw error;
      this.#send(frameTypes.goAway, 0, 0, goAwayCodes.protocolError);
      this.#outbox.flush();
      this.#fail("protocol_error", `The peer broke the rules: ${error.message}`, error);
    }
    // Not at the end of this go of the event loop: an answer that a reader gave at once leaves at once.
    this.#outbox.flush();
  }

  #onHeader(type: number, flags: number, streamId: number, length: number): void {
    if (this.#end) return;
    if (type === frameTypes.data || type === frameTypes.windowUpdate) {
      this.#streams.onHeader(type, flags, streamId, length);
    } else if (type === frameTypes.ping) {
      if ((flags & frameFlags.syn) === 0) this.#pings.onAck(length);
      else this.#send(frameTypes.ping, frameFlags.ack, 0, length);
    } else if (length === goAwayCodes.normal) {
      this.#streams.closeForUs(new SessionEnded("closed_by_peer", "The peer is going away: it takes no new streams."));
    } else {
      this.#fail("protocol_error", `The peer ended the session with go away code ${length}.`);
    }
  }

  #onTransportEnd(): void {
    if (this.#end) return;
    if (!this.#decoder.isBetweenFrames) return this.#fail("cut", "The connection ended inside a frame.");
    const end = { kind: "closed_by_peer", error: undefined } as const;
    this.#finish(end, new SessionEnded("closed_by_peer", "The peer closed the session."));
    void this.#endTransport();
  }

  #onTransportClose(): void {
    this.#fail("cut", "The connection was closed.");
    // `#fail` has made an end, if there was none.
    this.#closed.resolve(this.#end as SessionEnd);
  }

  #fail(kind: SessionEndKind, message: string, cause?: unknown): void {
    if (this.#end) return;
    const error = new SessionEnded(kind, message, cause);
    this.#finish({ kind, error }, error);
    this.#transport.destroy();
  }

  /** The only place where the session becomes over. The first end counts. */
  #finish(end: SessionEnd, forStreams: SessionEnded): void {
    if (this.#end) return;
    this.#end = end;
    this.#log.debug({ kind: end.kind, err: end.error }, "session ended");
    this.#outbox.stop();
    this.#stop.abort();
    this.#pings.end(forStreams);
    this.#streams.end(forStreams);
  }

  async #endTransport(): Promise<SessionEnd> {
    using deadline = this.#clock.timeout(this.#writeTimeoutMs, { tag: "yamux close" });
    using _late = onAbort(deadline.signal, () => this.#transport.destroy());
    this.#transport.end(() => this.#transport.destroy());
    return await this.closed;
  }

  async #keepAlive(intervalMs: number): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#clock.sleep(intervalMs, { signal, tag: "yamux keep-alive" });
        using deadline = this.#clock.timeout(this.#writeTimeoutMs, { signal, tag: "yamux ping" });
        await this.#pings.ping({ signal: deadline.signal });
      } catch {
        // Stopped, or the answer did not come; `#fail` after an end does nothing.
        this.#fail("timed_out", `The peer did not answer a keep-alive ping within ${this.#writeTimeoutMs} ms.`);
      }
    }
  }
}
