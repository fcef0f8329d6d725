import { messageOf, onAbort } from "@hearth/base";
import { ApiError } from "../api-error.ts";
import { errorCodes, type ErrorCode } from "../error-codes.ts";
import { CommandError } from "./command-error.ts";
import { CommandsConnection } from "./connection.ts";
import { decodeFrame } from "./frame.ts";

/** What is used of a WebSocket: of the platform's, and of `ws` alike. */
export interface WebSocketLike {
  binaryType: string;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: "open" | "error", listener: (event: object) => void): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  addEventListener(type: "close", listener: (event: { code: number; reason: string }) => void): void;
}

/** Opens a WebSocket; headers where the platform can send any. */
export type OpenWebSocket = (url: string, headers: Readonly<Record<string, string>>) => WebSocketLike;

/** Where a connection for commands goes, and by what. */
export interface CommandsSocketOptions {
  /** `ws://127.0.0.1:7080/api/v2/workspaceagents/…/exec/ws`. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** @default the platform's own: browsers, Node from 22 on, Deno, Bun */
  readonly open?: OpenWebSocket | undefined;
  /**
   * Why a socket was not opened, which platforms do not tell; undefined where nothing is known.
   * @default nothing is
   */
  readonly explain?: (() => Promise<Error | undefined>) | undefined;
  /** Gives up opening it; an open connection is not affected. */
  readonly signal?: AbortSignal | undefined;
}

/** The server's close code for a refusal; its reason is a code and a sentence. @see docs/commands.md */
export const refusedCloseCode = 4001;
const malformedCloseCode = 1002;

/**
 * A connection for commands over one WebSocket.
 * @throws ApiError what {@link CommandsSocketOptions.explain} found, else `unavailable`; the signal's reason
 */
export async function connectCommands(options: CommandsSocketOptions): Promise<CommandsConnection> {
  const { url, headers = {}, open = openPlatformSocket, explain, signal } = options;
  signal?.throwIfAborted();
  const socket = open(url, headers);
  socket.binaryType = "arraybuffer";
  const opened = Promise.withResolvers<void>();
  using _given = signal === undefined ? undefined : onAbort(signal, () => opened.reject(signal.reason));
  const connection = new CommandsConnection({
    send: (frame) => socket.send(frame),
    close: () => socket.close(1000),
  });
  socket.addEventListener("open", () => opened.resolve());
  // Tells nothing that the close does not; without a listener it would be thrown.
  socket.addEventListener("error", () => undefined);
  socket.addEventListener("message", ({ data }) => {
    if (connection.isOver) return;
    try {
      connection.receive(decodeFrame(bytesOf(data)));
    } catch (error) {
      connection.end(new CommandError("connection_lost", `The connection broke: ${messageOf(error)}`, error));
      socket.close(malformedCloseCode);
    }
  });
  socket.addEventListener("close", ({ code, reason }) => {
    const why = toCloseError(code, reason);
    connection.end(why);
    opened.reject(why);
  });
  try {
    await opened.promise;
    return connection;
  } catch (error) {
    connection[Symbol.dispose]();
    socket.close();
    signal?.throwIfAborted();
    throw (await explain?.()) ?? error;
  }
}

/** By the platform's own `WebSocket`, with headers where it takes any. @throws TypeError where it has none */
export function openPlatformSocket(url: string, headers: Readonly<Record<string, string>>): WebSocketLike {
  if (typeof WebSocket === "undefined") {
    throw new TypeError("This runtime has no WebSocket: give one, for Node 20 that of the package ws.");
  }
  if (Object.keys(headers).length === 0) return new WebSocket(url);
  // Node, Deno and Bun take headers in the place of protocols; the types are those of browsers, which have the cookie.
  return new WebSocket(url, { headers } as unknown as string[]);
}

function bytesOf(data: unknown): Uint8Array {
  return data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array();
}

/** What the server's close means: its refusal, or that the connection was lost. */
function toCloseError(code: number, reason: string): Error {
  const colon = reason.indexOf(": ");
  const word = reason.slice(0, colon);
  if (code === refusedCloseCode && word in errorCodes) return new ApiError(word as ErrorCode, reason.slice(colon + 2));
  const why = reason === "" ? `${code}` : `${code}: ${reason}`;
  return new CommandError("connection_lost", `The connection to the workspace was lost (${why}).`);
}
