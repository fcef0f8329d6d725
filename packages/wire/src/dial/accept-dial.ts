import type { Duplex } from "node:stream";
import { silentLogger } from "@hearth/base";
import type { Clock, Logger } from "@hearth/base";
import type { YamuxSession } from "../yamux/session.ts";
import { DialProtocolError, DialRefused } from "./errors.ts";
import {
  connectedAnswer,
  decodeDialDetails,
  decodeDialHeader,
  dialHeaderBytes,
  dialMarker,
  encodeRefusal,
} from "./header.ts";
import type { DialTarget } from "./header.ts";
import { readExactly } from "./read-exactly.ts";

/** How long the server may take for a header it sends with the opening of the stream. */
const headerTimeoutMs = 10_000;

/** A dial as the agent sees it. */
export interface DialRequest extends DialTarget {
  /** Aborts when the dialler has left before it was answered. */
  readonly signal: AbortSignal;
}

/**
 * Connects what a dial asks for. Resolves, when that is connected, with what takes the connection, which then owns it;
 * throws {@link DialRefused} to refuse. Any other error is answered with `unreachable`.
 */
export type DialHandler = (request: DialRequest) => Promise<(connection: Duplex) => void>;

export interface AcceptDialOptions {
  clock: Clock;
  log?: Logger | undefined;
}

/**
 * The agent's side of one stream that the server opened. Resolves when the dial is answered; never rejects. A stream
 * that does not begin as a dial is reset.
 */
export async function acceptDial(
  stream: Duplex,
  handler: DialHandler,
  { clock, log = silentLogger }: AcceptDialOptions,
): Promise<void> {
  const left = new AbortController();
  function onClose(): void {
    left.abort(stream.errored ?? new Error("The dialler has left."));
  }
  stream.once("close", onClose);
  try {
    const target = await readHeader(stream, clock);
    const connect = await answer(stream, handler, { ...target, signal: left.signal }, log);
    stream.off("close", onClose);
    connect?.(stream);
  } catch (error) {
    // Not a dial, or no header in time: reset, so that the server sees at once that nothing is here.
    log.debug({ err: error }, "stream of the server refused");
    stream.destroy();
  }
}

/** Takes every stream the server opens, until the session ends. */
export async function acceptDials(
  session: YamuxSession,
  handler: DialHandler,
  options: AcceptDialOptions,
): Promise<void> {
  for await (const stream of session.incoming()) void acceptDial(stream, handler, options);
}

async function readHeader(stream: Duplex, clock: Clock): Promise<DialTarget> {
  using deadline = clock.timeout(headerTimeoutMs, { tag: "dial header" });
  // The first byte alone: what begins as something else may never have as many bytes as a header.
  const marker = await readExactly(stream, 1, deadline.signal);
  if (marker[0] !== dialMarker)
    throw new DialProtocolError(`A stream begins with byte ${marker[0]}, not with a dial's.`);
  const rest = await readExactly(stream, dialHeaderBytes - 1, deadline.signal);
  const { port, jsonBytes } = decodeDialHeader(Buffer.concat([marker, rest]));
  return { port, ...decodeDialDetails(await readExactly(stream, jsonBytes, deadline.signal)) };
}

/** What takes the connection, once the stream has been told; `undefined` when there is none. */
async function answer(
  stream: Duplex,
  handler: DialHandler,
  request: DialRequest,
  log: Logger,
): Promise<((connection: Duplex) => void) | undefined> {
  try {
    const connect = await handler(request);
    // Also when the dialler has left meanwhile: whoever takes the connection sees it closed, and cleans up.
    stream.write(connectedAnswer);
    return connect;
  } catch (error) {
    const refusal = error instanceof DialRefused ? error.reason : "unreachable";
    if (!request.signal.aborted) log.info({ err: error, port: request.port, refusal }, "dial refused");
    stream.end(encodeRefusal(refusal));
    stream.resume(); // What the dialler sent after its header goes nowhere; its FIN must still be seen.
    return undefined;
  }
}
