import WebSocket from "ws";

/** The status that asking for a WebSocket got: 101 when it opened. It is closed again. @throws Error when nobody answers */
export async function upgradeStatus(
  address: string | URL,
  options: { readonly headers: Record<string, string>; readonly origin?: string },
): Promise<number> {
  const url = new URL(address);
  url.protocol = "ws:";
  const socket = new WebSocket(url, options);
  const status = Promise.withResolvers<number>();
  socket.once("open", () => status.resolve(101));
  socket.once("unexpected-response", (_request, { statusCode }) => status.resolve(statusCode ?? 0));
  socket.on("error", status.reject); // after an answer it is the closing's
  const closed = Promise.withResolvers<void>();
  socket.once("close", () => closed.resolve());
  try {
    return await status.promise;
  } finally {
    socket.terminate();
    await closed.promise;
  }
}
