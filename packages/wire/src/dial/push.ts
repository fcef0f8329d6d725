import type { Duplex } from "node:stream";
import { create, fromBinary, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import type { Clock } from "@hearth/base";
import { ManifestSchema, type Manifest } from "../gen/agent_pb.ts";
import { maxMessageBytes } from "../bytes/web-socket-stream.ts";
import { StreamReset } from "../yamux/errors.ts";
import type { YamuxSession } from "../yamux/session.ts";
import { readAnswer } from "./dial.ts";
import { DialProtocolError, DialUnsupported } from "./errors.ts";
import { agentPorts, encodeDialHeader } from "./header.ts";
import { readExactly } from "./read-exactly.ts";

/** The header of the server's answer that says that it tells a manifest without being asked. */
export const pushHeader = "Hearth-Push";

/** Anything else is that it was not. */
const takenAnswer = Buffer.from([0]);
const failedAnswer = Buffer.from([1]);
const lengthBytes = 4;
const partBytes = 64 * 1024;

export interface PushOptions {
  /** How long the agent may take. */
  readonly deadlineMs: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Tells an agent its manifest, over a stream to the port that is for this alone. Resolves when the agent has taken it: what
 * is dialled from then on finds the workspace as it says.
 *
 * @throws DialRefused or DialUnsupported by an agent that takes none; `TimeoutError`; SessionEnded; the signal's reason.
 *   None of them leaves a stream behind.
 * @see agent wire, streams the server opens
 */
export async function pushManifest(
  session: Pick<YamuxSession, "open">,
  manifest: MessageInitShape<typeof ManifestSchema>,
  { deadlineMs, clock, signal }: PushOptions,
): Promise<void> {
  const port = agentPorts.push;
  const bytes = toBinary(ManifestSchema, create(ManifestSchema, manifest));
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32BE(bytes.length);
  signal?.throwIfAborted();
  using deadline = clock.timeout(deadlineMs, { signal, tag: "push" });
  const stream = session.open();
  let isAnswered = false;
  try {
    // All at once: an agent that does not want it answers before it has read the rest.
    stream.write(Buffer.concat([encodeDialHeader({ port, reason: undefined, deadlineMs }), length, bytes]));
    await readAnswer(stream, port, deadline.signal);
    isAnswered = true;
    const [answer] = await readExactly(stream, 1, deadline.signal);
    if (answer !== takenAnswer[0]) throw new DialProtocolError("The agent could not take its manifest.");
    stream.end();
    stream.resume(); // its FIN must still be seen
  } catch (error) {
    stream.destroy();
    throw error instanceof StreamReset && !isAnswered ? new DialUnsupported(error) : error;
  }
}

/**
 * The agent's side of a push, on the stream of a dial that it has taken: reads the manifest, and says so once `take` has
 * resolved, or that it was not taken. A stream that breaks the rules, or comes too slowly, is cut. The server then tries
 * again. Never rejects.
 */
export async function acceptPush(
  stream: Duplex,
  take: (manifest: Manifest) => Promise<void>,
  { deadlineMs, clock }: Pick<PushOptions, "deadlineMs" | "clock">,
): Promise<void> {
  stream.on("error", () => undefined); // the read says it
  using deadline = clock.timeout(deadlineMs, { tag: "push" });
  try {
    const length = (await readExactly(stream, lengthBytes, deadline.signal)).readUInt32BE();
    if (length > maxMessageBytes) throw new DialProtocolError(`A manifest of ${length} bytes is too long.`);
    const manifest = fromBinary(ManifestSchema, await readParts(stream, length, deadline.signal));
    const isTaken = await take(manifest).then(
      () => true,
      () => false,
    );
    stream.end(isTaken ? takenAnswer : failedAnswer);
    stream.resume(); // its FIN must still be seen
  } catch {
    stream.destroy();
  }
}

/** In parts below the stream's window, which is given back for what was read alone. */
async function readParts(stream: Duplex, length: number, signal: AbortSignal): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let left = length; left > 0; left -= partBytes) {
    parts.push(await readExactly(stream, Math.min(left, partBytes), signal));
  }
  return Buffer.concat(parts);
}
