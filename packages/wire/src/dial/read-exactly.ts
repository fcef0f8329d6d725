import type { Readable } from "node:stream";
import { DialProtocolError } from "./errors.ts";

/**
 * The next `size` bytes, taken from the stream and not one more; the stream is left paused, for whoever reads on.
 * @throws DialProtocolError when it ends before; what broke the stream; the signal's reason.
 */
export function readExactly(stream: Readable, size: number, signal?: AbortSignal): Promise<Buffer> {
  if (size === 0) return Promise.resolve(Buffer.alloc(0));
  return new Promise((resolve, reject) => {
    function settle(finish: () => void): void {
      stream.off("readable", onReadable);
      stream.off("end", onEnd);
      stream.off("close", onClose);
      signal?.removeEventListener("abort", onAbort);
      finish();
    }
    function onReadable(): void {
      // `read(size)` gives all that is left, which may be less, once the stream has ended.
      const bytes: unknown = stream.read(size);
      if (!(bytes instanceof Buffer)) return;
      if (bytes.length === size) settle(() => resolve(bytes));
      else onEnd();
    }
    function onEnd(): void {
      settle(() => reject(new DialProtocolError("The stream ended before the dial was answered.")));
    }
    function onClose(): void {
      settle(() =>
        reject(stream.errored ?? new DialProtocolError("The stream was closed before the dial was answered.")),
      );
    }
    function onAbort(): void {
      settle(() => reject(signal?.reason));
    }
    if (signal?.aborted) return onAbort();
    if (stream.destroyed) return onClose();
    stream.on("readable", onReadable);
    stream.on("end", onEnd);
    stream.on("close", onClose);
    signal?.addEventListener("abort", onAbort, { once: true });
    onReadable();
  });
}
