/** How a WebSocket ended. */
export interface SocketEnd {
  /** 1000 is the server's "that was all"; 1006 is no answer, or a cut. */
  readonly code: number;
  readonly reason: string;
}

/**
 * Opens a WebSocket and resolves when it has closed, whoever closed it; aborting `signal` closes it. Never rejects:
 * browsers tell nothing about why one failed, but for the close code.
 */
export function runSocket(options: {
  url: string;
  signal: AbortSignal;
  onOpen?: (socket: WebSocket) => void;
  onMessage: (data: string | ArrayBuffer) => void;
}): Promise<SocketEnd> {
  const { url, signal, onOpen, onMessage } = options;
  return new Promise((resolve) => {
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    const onAbort = () => socket.close(1000);
    signal.addEventListener("abort", onAbort, { once: true });
    socket.addEventListener("open", () => onOpen?.(socket));
    // `binaryType` is "arraybuffer", so there are no blobs.
    socket.addEventListener("message", (event: MessageEvent<string | ArrayBuffer>) => onMessage(event.data));
    socket.addEventListener("close", ({ code, reason }) => {
      signal.removeEventListener("abort", onAbort);
      resolve({ code, reason });
    });
    if (signal.aborted) onAbort();
  });
}
