import type { Duplex } from "node:stream";
import { HearthError } from "@hearth/base";
import type { Clock } from "@hearth/base";
import { ClientCall } from "./client-call.ts";
import type { DrpcCall } from "./client-call.ts";
import { decodeError } from "./error-packet.ts";
import { encodePacket, packetKinds } from "./frame.ts";
import type { DrpcPacket } from "./frame.ts";
import { PacketDecoder } from "./packet-decoder.ts";

export interface CallOptions {
  /** Gives the call up: its stream is reset and the call rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** The longest the call may take; it rejects with a `TimeoutError`. By default it may take as long as it needs. */
  timeoutMs?: number | undefined;
}

/** Calls over streams that are opened for them, one each. */
export interface DrpcClient {
  /**
   * Asks and waits for the one answer.
   * @throws DrpcError the callee's answer; SessionEnded, StreamReset; the signal's reason or a `TimeoutError`.
   */
  unary(method: string, request: Uint8Array, options?: CallOptions): Promise<Buffer>;
  /** Starts a call with messages in both directions; nothing is promised about it until messages come. */
  stream(method: string, options?: Pick<CallOptions, "signal">): DrpcCall;
}

/** The one call of a stream has the stream id 1. */
const callId = 1;

export function createDrpcClient({ open, clock }: { open: () => Duplex; clock: Clock }): DrpcClient {
  return {
    async unary(method, request, { signal, timeoutMs } = {}) {
      signal?.throwIfAborted();
      if (timeoutMs === undefined) return await callUnary(open(), method, request, signal);
      using deadline = clock.timeout(timeoutMs, { signal, tag: "drpc call" });
      return await callUnary(open(), method, request, deadline.signal);
    },
    stream(method, { signal } = {}) {
      signal?.throwIfAborted();
      return new ClientCall(open(), callId, method, signal);
    },
  };
}

/**
 * One unary call on a stream of its own.
 *
 * The answer counts as soon as its message is there: the caller then ends with close and FIN, which may cross the
 * callee's close-send; what comes late is taken and dropped.
 */
function callUnary(
  stream: Duplex,
  method: string,
  request: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  let isOver = false;
  function finish(): void {
    isOver = true;
    signal?.removeEventListener("abort", onAbort);
    if (stream.destroyed) return;
    stream.end(encodePacket(packetKinds.close, callId, 4, nothing));
  }
  function fail(error: unknown): void {
    if (isOver) return;
    isOver = true;
    signal?.removeEventListener("abort", onAbort);
    stream.destroy();
    reject(error);
  }
  function onAbort(): void {
    fail(signal?.reason);
  }
  function onPacket({ kind, data }: DrpcPacket): void {
    if (isOver) return;
    if (kind === packetKinds.message) {
      resolve(data);
      finish();
    } else if (kind === packetKinds.error) {
      reject(decodeError(data));
      finish();
    } else if (kind === packetKinds.close || kind === packetKinds.closeSend || kind === packetKinds.cancel) {
      fail(noAnswer(method));
    }
  }
  const decoder = new PacketDecoder(onPacket);
  signal?.addEventListener("abort", onAbort, { once: true });
  stream.on("data", (chunk: Buffer) => {
    if (isOver) return;
    try {
      decoder.push(chunk);
    } catch (error) {
      fail(error);
    }
  });
  stream.on("end", () => fail(noAnswer(method)));
  stream.on("error", fail);
  stream.on("close", () => fail(noAnswer(method)));
  try {
    stream.write(
      Buffer.concat([
        encodePacket(packetKinds.invoke, callId, 1, Buffer.from(method)),
        encodePacket(packetKinds.message, callId, 2, request),
        encodePacket(packetKinds.closeSend, callId, 3, nothing),
      ]),
    );
  } catch (error) {
    fail(error); // a request above the limit of a packet
  }
  return promise;
}

const nothing = Buffer.alloc(0);

function noAnswer(method: string): HearthError {
  return new HearthError(`The call ${method} ended without an answer.`, { cause: undefined, shouldRetry: true });
}
