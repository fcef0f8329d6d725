import { onAbort } from "@hearth/base";
import { ApiError } from "../api-error.ts";
import { openPlatformSocket, type WebSocketLike } from "../commands/web-socket.ts";
import type { Ground } from "./means.ts";

const normalCode = 1000;
const noCode = 1005;

/** An open WebSocket of the server, and what it says. */
export interface OpenSocket {
  readonly socket: WebSocketLike;
  /** Ends when the server closes it in order. Canceling closes it. @throws ApiError `unavailable` when it was lost */
  readonly messages: ReadableStream<unknown>;
}

/**
 * Opens a WebSocket of the server and gathers what it says.
 * @throws ApiError what `explain` found, else `unavailable`; the signal's reason
 */
export async function openSocket(
  { client, openSocket: open }: Ground,
  url: string,
  { signal, explain }: { readonly signal?: AbortSignal | undefined; readonly explain: () => Promise<unknown> },
): Promise<OpenSocket> {
  signal?.throwIfAborted();
  const headers: Record<string, string> = client.token === undefined ? {} : { "Coder-Session-Token": client.token };
  const socket = (open ?? openPlatformSocket)(url, headers);
  socket.binaryType = "arraybuffer";
  const opened = Promise.withResolvers<void>();
  const abort = () => {
    opened.reject(signal?.reason);
    controller?.error(signal?.reason);
    controller = undefined;
    socket.close(normalCode);
  };
  let controller: ReadableStreamDefaultController<unknown> | undefined;
  const messages = new ReadableStream<unknown>({
    start: (made) => void (controller = made),
    cancel() {
      controller = undefined;
      socket.close(normalCode);
    },
  });
  const given = signal === undefined ? undefined : onAbort(signal, abort);
  socket.addEventListener("open", () => opened.resolve());
  socket.addEventListener("error", () => undefined);
  socket.addEventListener("message", ({ data }) => controller?.enqueue(data));
  socket.addEventListener("close", ({ code, reason }) => {
    given?.[Symbol.dispose]();
    const why = reason === "" ? `${code}` : `${code}: ${reason}`;
    const lost = new ApiError("unavailable", `The connection to the server was lost (${why}).`);
    opened.reject(lost);
    if (code === normalCode || code === noCode) controller?.close();
    else controller?.error(lost);
    controller = undefined;
  });
  try {
    await opened.promise;
  } catch (error) {
    signal?.throwIfAborted();
    await explain(); // throws what it finds
    throw error;
  }
  return { socket, messages };
}
