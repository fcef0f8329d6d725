import { on } from "node:events";
import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { ApiError, toApiError, type CallInput, type Client, type EndpointShape } from "@hearth/sdk";
import { HearthError } from "@hearth/base";
import { clientSocketOptions } from "@hearth/wire/client-socket-options";
import { WebSocket } from "ws";

/** The server ended a socket otherwise than in order, or it was cut. Connecting again makes sense. */
export class SocketCut extends HearthError {
  override readonly name = "SocketCut";

  constructor(code: number, reason: string) {
    super(`The connection to the server was lost (${code}${reason === "" ? "" : `: ${reason}`}).`, {
      cause: undefined,
      shouldRetry: true,
    });
  }
}

/**
 * Opens a WebSocket and gives what `attach` made of it, which is called before anything can arrive.
 * @throws ApiError for a refused upgrade, and `unavailable` when the server cannot be reached.
 */
export async function openSocket<E extends EndpointShape, T>(
  client: Client,
  endpoint: E,
  input: Pick<CallInput<E>, "params" | "query">,
  signal: AbortSignal,
  attach: (socket: WebSocket) => T,
): Promise<T> {
  signal.throwIfAborted();
  const url = client.urlOf(endpoint, input, "ws");
  const socket = new WebSocket(url, {
    ...clientSocketOptions(url),
    maxPayload: 100 * 1024 * 1024, // JSON messages of other sockets may be larger than those of a byte stream
    headers: client.token === undefined ? {} : { "Coder-Session-Token": client.token },
  });
  const { promise: opened, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = () => {
    reject(signal.reason);
    socket.terminate();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  socket.once("close", () => signal.removeEventListener("abort", onAbort));
  socket.once("upgrade", (response) => setNoDelay(response));
  socket.once("open", resolve);
  socket.once("unexpected-response", (_request, response) => {
    refusalOf(response).then(reject, reject);
  });
  socket.on("error", (error) => reject(unreachable(client, error)));
  const attached = attach(socket);
  try {
    await opened;
    return attached;
  } catch (error) {
    socket.on("error", () => undefined); // the rejection has said it; a socket torn down may say it again
    socket.terminate();
    throw error;
  }
}

/**
 * The JSON messages of a one-way socket, until the server closes it in order. Leaving the loop closes it.
 * @throws SocketCut when it ends otherwise, and what {@link openSocket} throws.
 */
export async function* jsonMessages<E extends EndpointShape>(
  client: Client,
  endpoint: E,
  input: Pick<CallInput<E>, "params" | "query">,
  signal: AbortSignal,
): AsyncGenerator<unknown, void, undefined> {
  let closed = { code: 1005, reason: "" };
  const { socket, messages } = await openSocket(client, endpoint, input, signal, (socket) => {
    socket.once("close", (code, reason) => {
      closed = { code, reason: reason.toString("utf8") };
    });
    return { socket, messages: on(socket, "message", { close: ["close"], signal, highWaterMark: 256 }) };
  });
  try {
    // `ws` gives a text message as one Buffer.
    for await (const [data] of messages) yield JSON.parse(String(data)) as unknown;
    if (closed.code !== 1000 && closed.code !== 1005) throw new SocketCut(closed.code, closed.reason);
  } finally {
    if (socket.readyState === WebSocket.OPEN) socket.close(1000);
    else socket.terminate();
  }
}

/** Small writes (a key, an SSH packet) leave at once. */
function setNoDelay(response: IncomingMessage): void {
  response.socket.setNoDelay(true);
}

async function refusalOf(response: IncomingMessage): Promise<ApiError> {
  return await toApiError(new Response(await text(response), { status: response.statusCode ?? 500 }));
}

function unreachable(client: Client, error: Error): ApiError {
  return new ApiError("unavailable", `Hearth at ${client.url} cannot be reached: check the address and that it runs.`, {
    cause: error,
    detail: error.message,
  });
}
