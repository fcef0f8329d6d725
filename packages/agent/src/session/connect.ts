import type { IncomingMessage } from "node:http";
import { type Clock, HearthError } from "@hearth/base";
import { agentConnectUrl, clientSocketOptions, pushHeader, sessionTokenHeader, webSocketStream } from "@hearth/wire";
import type { Duplex } from "node:stream";
import { WebSocket } from "ws";
import type { ConnectFailure } from "#session/reconnect.ts";

/** Where the agent belongs, and how it shows that. */
export interface Credentials {
  readonly serverUrl: string;
  readonly token: string;
}

/** The server did not take the connection. */
export class ConnectError extends HearthError {
  override readonly name = "ConnectError";
  readonly failure: ConnectFailure;

  constructor(message: string, { failure, cause }: { failure: ConnectFailure; cause?: unknown }) {
    super(message, { cause, shouldRetry: true });
    this.failure = failure;
  }
}

const handshakeTimeoutMs = 10_000;
const longestRefusalBytes = 16 * 1024;

/** A connection that the server has taken. */
export interface Connection {
  readonly stream: Duplex;
  /** The server tells the manifest without being asked, now and at a claim. */
  readonly isPushed: boolean;
}

/**
 * Opens the byte stream of a session. Resolves when the server has taken it.
 * @throws ConnectError, a `TimeoutError` after 10 s, or the signal's reason
 * @see agent wire, layer 1
 */
export async function connectToServer(
  { serverUrl, token }: Credentials,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<Connection> {
  signal.throwIfAborted();
  using deadline = clock.timeout(handshakeTimeoutMs, { signal, tag: "connect" });
  const url = agentConnectUrl(serverUrl, { takesPushes: true });
  const socket = new WebSocket(url, { ...clientSocketOptions(url), headers: { [sessionTokenHeader]: token } });
  const opened = Promise.withResolvers<void>();
  const onAbort = (): void => {
    opened.reject(deadline.signal.reason);
    socket.terminate();
  };
  deadline.signal.addEventListener("abort", onAbort, { once: true });
  let isPushed = false;
  socket.once("upgrade", ({ headers }) => (isPushed = headers[pushHeader.toLowerCase()] !== undefined));
  socket.once("open", () => opened.resolve());
  socket.on("error", (error) => {
    opened.reject(
      new ConnectError(`The server cannot be reached: ${error.message}`, { failure: unreachable, cause: error }),
    );
  });
  socket.once("unexpected-response", (_request, response) => {
    void readRefusal(response).then((refusal) => {
      opened.reject(refusal);
      socket.terminate();
    });
  });
  try {
    // Before the socket is open, so that no byte can be missed.
    const stream = webSocketStream(socket);
    stream.on("error", () => undefined); // told by "error" of the socket, or to the session
    await opened.promise;
    return { stream, isPushed };
  } finally {
    deadline.signal.removeEventListener("abort", onAbort);
  }
}

const unreachable = { kind: "unreachable" } as const satisfies ConnectFailure;

async function readRefusal(response: IncomingMessage): Promise<ConnectError> {
  const status = response.statusCode ?? 0;
  let body = "";
  try {
    for await (const chunk of response.setEncoding("utf8")) {
      body += String(chunk);
      if (body.length > longestRefusalBytes) break;
    }
  } catch {
    // cut off: the status says enough
  }
  const message = `The server does not take the agent: status ${status}, ${body || "without a word"}`;
  return new ConnectError(message, { failure: toFailure(status, response.headers["retry-after"]) });
}

/** Pure. `Retry-After` counts in seconds; dates are not understood. */
export function toFailure(status: number, retryAfter: string | undefined): ConnectFailure {
  if (status === 401) return { kind: "unauthorized" };
  const seconds = Number(retryAfter);
  return retryAfter !== undefined && seconds > 0 ? { kind: "later", afterMs: seconds * 1000 } : unreachable;
}
