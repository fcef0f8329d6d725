import type { IncomingMessage } from "node:http";
import { ApiError } from "@hearth/sdk";

const mebibyte = 1024 * 1024;

/**
 * A request's body as it comes, piece by piece.
 * @throws ApiError `too_large` when it is larger than the limit, at once where it says so beforehand
 */
export async function* rawBody(request: IncomingMessage, limitBytes: number): AsyncGenerator<Uint8Array> {
  if (Number(request.headers["content-length"] ?? 0) > limitBytes) throw tooLarge(limitBytes);
  let bytes = 0;
  // The connection stays when the reader leaves: it still has to take the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > limitBytes) throw tooLarge(limitBytes);
    yield chunk;
  }
}

/** The refusal of a body over the limit. */
export function tooLarge(limitBytes: number, cause?: unknown): ApiError {
  const message = `The body is too large: the limit is ${Math.round(limitBytes / mebibyte)} MiB.`;
  return new ApiError("too_large", message, { cause });
}
