import type { ClientOptions } from "ws";
import { maxMessageBytes } from "./web-socket-stream.ts";

/**
 * The options for `new WebSocket(url, options)` of a byte stream: no compression, and our limit of a message.
 *
 * Frames of a client must be masked, so that what a web page sends cannot be taken for something else by a proxy in
 * between that reads along (RFC 6455 §10.3). Inside TLS and on the loopback interface there is none, and masking costs
 * both sides more than everything else together: there the mask is zero, which changes no byte.
 */
export function clientSocketOptions(url: string | URL): ClientOptions {
  const { protocol, hostname } = new URL(url);
  const isPrivate = protocol === "wss:" || protocol === "https:" || loopbackNames.has(hostname);
  const options: ClientOptions = { perMessageDeflate: false, maxPayload: maxMessageBytes };
  return isPrivate ? { ...options, generateMask: (mask) => void mask.fill(0) } : options;
}

const loopbackNames: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);
