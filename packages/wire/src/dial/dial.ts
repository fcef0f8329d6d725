import type { Duplex } from "node:stream";
import type { Clock } from "@hearth/base";
import { StreamReset } from "../yamux/errors.ts";
import type { YamuxSession } from "../yamux/session.ts";
import { DialProtocolError, DialRefused, DialUnsupported } from "./errors.ts";
import { decodeRefusal, encodeDialHeader } from "./header.ts";
import { readExactly } from "./read-exactly.ts";

export interface DialOptions {
  /** 1–65535: one of {@link agentPorts}, or a TCP port inside the workspace. */
  port: number;
  /** What the connection is for, as the agent logs and reports it. */
  reason?: string | undefined;
  /** How long the agent's answer may take. @default 30000 */
  deadlineMs?: number | undefined;
  clock: Clock;
  /** Gives the dial up; a connection that was made is not affected. */
  signal?: AbortSignal | undefined;
}

/**
 * Connects to a port of a workspace: a byte stream that can be half closed, with backpressure end to end.
 *
 * @throws DialRefused when the agent says no; DialUnsupported when it does not know dials; `TimeoutError` after
 *   `deadlineMs`; SessionEnded when its session is over or ends; the signal's reason. None of them leaves a stream behind.
 * @see agent wire, streams the server opens
 */
export async function dial(session: Pick<YamuxSession, "open">, options: DialOptions): Promise<Duplex> {
  const { port, reason, deadlineMs = 30_000, clock, signal } = options;
  const header = encodeDialHeader({ port, reason, deadlineMs });
  signal?.throwIfAborted();
  using deadline = clock.timeout(deadlineMs, { signal, tag: "dial" });
  const stream = session.open();
  try {
    stream.write(header);
    await readAnswer(stream, port, deadline.signal);
    return stream;
  } catch (error) {
    stream.destroy();
    throw error instanceof StreamReset ? new DialUnsupported(error) : error;
  }
}

/** Reads the answer to a dial. @throws DialRefused, DialProtocolError; what broke the stream; the signal's reason */
export async function readAnswer(stream: Duplex, port: number, signal: AbortSignal): Promise<void> {
  const [answer] = await readExactly(stream, 1, signal);
  if (answer === 0) return;
  if (answer !== 1) throw new DialProtocolError(`A dial was answered with byte ${answer}.`);
  const length = (await readExactly(stream, 2, signal)).readUInt16BE();
  const text = (await readExactly(stream, length, signal)).toString("utf8");
  throw new DialRefused(decodeRefusal(text), `The agent did not connect to port ${port}: ${text}.`);
}
