import type { Duplex } from "node:stream";
import { silentLogger } from "@hearth/base";
import type { Clock, Logger } from "@hearth/base";
import type { DrpcHandlers } from "./handlers.ts";
import { ServerCall } from "./server-call.ts";

/**
 * Answers the one call of a stream that the peer opened.
 *
 * Resolves when the call is over and its handler has returned; never rejects. The caller ends the stream first, and our
 * end answers; one that does not within 30 s has its stream reset. An unknown method is answered with code
 * `unimplemented`; a peer that breaks the rules has its stream reset; the session lives on in both cases.
 * @see agent wire, layer 3
 */
export function serveDrpc(
  stream: Duplex,
  handlers: DrpcHandlers,
  { clock, log = silentLogger }: { clock: Clock; log?: Logger | undefined },
): Promise<void> {
  return new ServerCall(stream, handlers, { clock, log }).done;
}
