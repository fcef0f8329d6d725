import type { Duplex } from "node:stream";
import { silentLogger } from "@hearth/base";
import type { Logger } from "@hearth/base";
import type { DrpcHandlers } from "./handlers.ts";
import { ServerCall } from "./server-call.ts";

/**
 * Answers the one call of a stream that the peer opened.
 *
 * Resolves when the call is over and its handler has returned; never rejects. An unknown method is answered with code
 * `unimplemented`; a peer that breaks the rules has its stream reset; the session lives on in both cases.
 * @see agent wire, layer 3
 */
export function serveDrpc(
  stream: Duplex,
  handlers: DrpcHandlers,
  { log = silentLogger }: { log?: Logger | undefined } = {},
): Promise<void> {
  return new ServerCall(stream, handlers, log).done;
}
