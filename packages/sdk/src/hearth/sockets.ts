import type { OpenWebSocket, WebSocketLike } from "../commands/index.ts";
import { SetupError } from "./errors.ts";
import { optionalPackage } from "./surroundings.ts";

/** A class like the platform's `WebSocket` that takes headers in the place of protocols: that of `ws`, for one. */
export type WebSocketClass = new (
  url: string,
  options: { headers: Readonly<Record<string, string>>; perMessageDeflate: false },
) => WebSocketLike;

/**
 * How WebSockets are opened: by the class that is given; where the platform has one, by that (undefined); else by that of
 * the package `ws`, which is looked for when the first is opened.
 */
export function socketOpener(given: WebSocketClass | undefined): OpenWebSocket | undefined {
  if (given === undefined && "WebSocket" in globalThis) return undefined;
  let found = given;
  return (url, headers) => {
    found ??= optionalPackage<{ WebSocket: WebSocketClass }>("ws")?.WebSocket;
    if (found === undefined) {
      throw new SetupError("This runtime has no WebSocket: install the package ws beside @hearth/sdk, or use Node 22.");
    }
    return new found(url, { headers, perMessageDeflate: false });
  };
}
