import { Writable } from "node:stream";
import type { Channel } from "ssh2";
import type { TransportGate } from "#ssh/transport-gate.ts";

/** The parts of a channel that ssh2 does not publish and that {@link ChannelOutput} works with; version 1.17.0. */
interface ChannelInternals {
  readonly outgoing: { readonly id: number; window: number; readonly packetSize: number; readonly state: string };
  readonly _client: {
    readonly _protocol: {
      channelData(id: number, data: Buffer): void;
      channelExtData(id: number, data: Buffer, type: number): void;
    };
  };
  _waitWindow: boolean;
  _chunk: undefined;
  /** Called when the peer has given more window, provided `_waitWindow` is set and `_chunk` is not. */
  _chunkcb: (() => void) | undefined;
  eof(): void;
  close(): void;
  exit(status: number): void;
  exit(signal: string, hasDumpedCore: boolean, message: string): void;
}

const stderrType = 1;

interface Piece {
  data: Buffer;
  readonly isStderr: boolean;
  readonly done: () => void;
}

/**
 * What we say on a channel: standard output, standard error, the end, the close.
 *
 * ssh2's own streams are left unused: when both standard output and standard error run out of window, they send old data
 * again; they never look whether the transport takes more; and ending them closes the channel in both directions.
 *
 * - Bytes leave in the order they were written, across both streams.
 * - Nothing is sent beyond the peer's window, nor while the transport is full; a write is done when it has been sent.
 * - What is written to a channel that the peer has closed counts as done.
 *
 * `channel` must not be written to by anybody else.
 */
export class ChannelOutput {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly #internals: ChannelInternals;
  readonly #gate: TransportGate;
  readonly #pieces: Piece[] = [];

  constructor(channel: Channel, gate: TransportGate) {
    // A channel of the pinned version has these; the tests with real clients would show it if one were missing.
    this.#internals = channel as unknown as ChannelInternals;
    this.#gate = gate;
    this.stdout = this.#stream(false);
    this.stderr = this.#stream(true);
  }

  get isOpen(): boolean {
    return this.#internals.outgoing.state === "open";
  }

  /** Tells how the process ended. After the output, before {@link close}. */
  exit(status: number): void {
    if (this.isOpen) this.#internals.exit(status);
  }

  /** The same for a process that a signal ended, named without `SIG`, one of those in RFC 4254, section 6.10. */
  exitBySignal(name: string): void {
    if (this.isOpen) this.#internals.exit(name, false, "");
  }

  /** Says that no more output comes; input still does. */
  end(): void {
    this.#internals.eof();
  }

  /** Ends the channel in both directions. */
  close(): void {
    this.#internals.eof();
    this.#internals.close();
    this.abandon();
  }

  /** To be called when the peer has closed the channel or is gone: what waits to be sent never will be. */
  abandon(): void {
    for (const piece of this.#pieces.splice(0)) piece.done();
  }

  #stream(isStderr: boolean): Writable {
    return new Writable({
      decodeStrings: true,
      write: (data: Buffer, _encoding, done) => {
        this.#pieces.push({ data, isStderr, done: () => done() });
        if (this.#pieces.length === 1) this.#send();
      },
    });
  }

  #send(): void {
    const { outgoing, _client: client } = this.#internals;
    for (let piece = this.#pieces[0]; piece; piece = this.#pieces[0]) {
      if (outgoing.state !== "open") return this.abandon();
      if (this.#gate.isFull) return this.#gate.wait(() => this.#send());
      if (outgoing.window === 0) return this.#waitForWindow();
      const length = Math.min(piece.data.length, outgoing.window, outgoing.packetSize);
      const part = piece.data.subarray(0, length);
      outgoing.window -= length;
      if (piece.isStderr) client._protocol.channelExtData(outgoing.id, part, stderrType);
      else client._protocol.channelData(outgoing.id, part);
      piece.data = piece.data.subarray(length);
      if (piece.data.length > 0) continue;
      this.#pieces.shift();
      piece.done();
    }
  }

  #waitForWindow(): void {
    this.#internals._chunk = undefined;
    this.#internals._chunkcb = () => {
      this.#internals._chunkcb = undefined;
      this.#send();
    };
    this.#internals._waitWindow = true;
  }
}
