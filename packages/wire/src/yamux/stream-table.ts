import { AsyncQueue } from "@hearth/base";
import { SessionEnded, StreamReset, YamuxProtocolError } from "./errors.ts";
import { frameFlags, frameTypes, initialCreditBytes } from "./frame.ts";
import { YamuxStream } from "./stream.ts";
import type { StreamHost } from "./stream.ts";

/** Streams that one side has opened and the other has not accepted. */
export const maxUnacceptedStreams = 256;

export interface StreamTableOptions {
  /** 1 on the side that dialled, 2 on the other: the ids we open have its parity. */
  firstId: 1 | 2;
  maxIncomingStreams: number;
  onStream: ((stream: YamuxStream) => void) | undefined;
  host: Omit<StreamHost, "remove">;
}

/**
 * The streams of one session: which are open, which wait to be opened or accepted, and where a frame goes.
 *
 * - Ids are never used twice. Beyond {@link maxUnacceptedStreams} our own opens wait for the peer's acknowledgements.
 * - Frames of a stream that is not in the table (reset, or over) are late: they are dropped.
 */
export class StreamTable {
  readonly #options: StreamTableOptions;
  readonly #host: StreamHost;
  readonly #streams = new Map<number, YamuxStream>();
  readonly #unaccepted = new AsyncQueue<YamuxStream>({ capacity: maxUnacceptedStreams });
  readonly #unacknowledged = new Set<YamuxStream>();
  readonly #waitingToOpen = new Set<YamuxStream>();
  #nextId: number;
  #incomingCount = 0;
  /** Why we may not open streams, or may not any more. */
  #closedForUs: SessionEnded | undefined;
  #isClosedForPeer = false;
  /** Where the payload of the current data frame goes. */
  #payloadTo: YamuxStream | undefined;
  #finAfterPayload = false;

  constructor(options: StreamTableOptions) {
    this.#options = options;
    this.#nextId = options.firstId;
    this.#host = { ...options.host, remove: (stream) => this.#remove(stream) };
  }

  /** How many streams are open, by either side. */
  get size(): number {
    return this.#streams.size;
  }

  /** @throws SessionEnded when no more may be opened. */
  open(): YamuxStream {
    if (this.#closedForUs) throw this.#closedForUs;
    if (this.#nextId > 0xffff_ffff) throw new SessionEnded("closed", "The session has used up its stream ids.");
    const stream = new YamuxStream(this.#nextId, this.#host);
    this.#nextId += 2;
    this.#waitingToOpen.add(stream);
    this.#openWaiting();
    return stream;
  }

  /**
   * The peer's streams, each acknowledged as it is taken. One that has gone while it waited is left out: it has told its
   * end already, and whoever took it would wait for that for ever.
   */
  async *incoming(): AsyncGenerator<YamuxStream, void, undefined> {
    for await (const stream of this.#unaccepted) {
      if (stream.closed) continue;
      this.#acknowledge(stream);
      yield stream;
    }
  }

  /** The header of a data or window update frame. @throws YamuxProtocolError */
  onHeader(type: number, flags: number, streamId: number, length: number): void {
    this.#payloadTo = undefined;
    this.#finAfterPayload = false;
    if (streamId === 0) throw new YamuxProtocolError("A frame of a stream has the session's id 0.");
    const isData = type === frameTypes.data;
    const stream = (flags & frameFlags.syn) === 0 ? this.#streams.get(streamId) : this.#accept(streamId);
    if (!stream) {
      // No stream was ever given more credit than this, so nothing late can be longer.
      if (isData && length > initialCreditBytes) throw new YamuxProtocolError(`A late frame has ${length} bytes.`);
      return;
    }
    if (this.#unacknowledged.delete(stream)) this.#openWaiting();
    if (isData) stream.onDataHeader(length);
    else if (length > 0) stream.onCredit(length);
    if ((flags & frameFlags.rst) !== 0) stream.onReset(new StreamReset(streamId));
    else if (isData && length > 0) {
      this.#payloadTo = stream;
      this.#finAfterPayload = (flags & frameFlags.fin) !== 0;
    } else if ((flags & frameFlags.fin) !== 0) stream.onFin();
  }

  onPayload(payload: Buffer, isLast: boolean): void {
    this.#payloadTo?.onPayload(payload);
    if (isLast && this.#finAfterPayload) this.#payloadTo?.onFin();
  }

  /** We open no more. */
  closeForUs(why: SessionEnded): void {
    this.#closedForUs ??= why;
  }

  /** What the peer opens from now on is reset. */
  closeForPeer(): void {
    this.#isClosedForPeer = true;
  }

  /** Every stream fails with the error, and {@link incoming} ends. */
  end(error: SessionEnded): void {
    this.closeForUs(error);
    this.#isClosedForPeer = true;
    for (const stream of [...this.#streams.values(), ...this.#waitingToOpen]) stream.onReset(error);
    this.#unaccepted.close();
  }

  #accept(streamId: number): YamuxStream | undefined {
    const { firstId, maxIncomingStreams, onStream } = this.#options;
    if (streamId % 2 === firstId % 2)
      throw new YamuxProtocolError(`The peer opened stream ${streamId}, an id of ours.`);
    if (this.#streams.has(streamId)) throw new YamuxProtocolError(`The peer opened stream ${streamId} twice.`);
    const isRefused =
      this.#isClosedForPeer ||
      this.#incomingCount >= maxIncomingStreams ||
      (!onStream && this.#unaccepted.size >= maxUnacceptedStreams) ||
      this.#unaccepted.isClosed;
    if (isRefused) {
      this.#host.sendUpdate(streamId, frameFlags.rst, 0);
      return undefined;
    }
    const stream = new YamuxStream(streamId, this.#host);
    this.#streams.set(streamId, stream);
    this.#incomingCount++;
    stream.onOpened();
    if (onStream) {
      this.#acknowledge(stream);
      onStream(stream);
    } else {
      this.#unaccepted.push(stream);
    }
    return stream;
  }

  #acknowledge(stream: YamuxStream): void {
    if (this.#streams.get(stream.id) === stream) this.#host.sendUpdate(stream.id, frameFlags.ack, 0);
  }

  #openWaiting(): void {
    for (const stream of this.#waitingToOpen) {
      if (this.#unacknowledged.size >= maxUnacceptedStreams) return;
      this.#waitingToOpen.delete(stream);
      this.#streams.set(stream.id, stream);
      this.#unacknowledged.add(stream);
      this.#host.sendUpdate(stream.id, frameFlags.syn, 0);
      stream.onOpened();
    }
  }

  #remove(stream: YamuxStream): void {
    if (this.#waitingToOpen.delete(stream) || !this.#streams.delete(stream.id)) return;
    if (stream.id % 2 !== this.#options.firstId % 2) this.#incomingCount--;
    if (this.#unacknowledged.delete(stream)) this.#openWaiting();
  }
}
