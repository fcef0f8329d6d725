import { AnswerTooLarge } from "./provider-fault.ts";

/** An answer of a model in all; the longest that models write are a few MiB. */
const largestAnswerBytes = 64 * 1024 * 1024;

/**
 * `fetch` for requests that carry a key: it follows no redirection, which could lead it to another host, and reads no more
 * than so many bytes of an answer.
 */
export function guardedFetch(limitBytes = largestAnswerBytes): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, { ...init, redirect: "manual" });
    if (response.body === null) return response;
    const { status, statusText, headers } = response;
    return new Response(response.body.pipeThrough(bounded(limitBytes)), { status, statusText, headers });
  };
}

function bounded(limitBytes: number): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > limitBytes) controller.error(new AnswerTooLarge(`An answer has more than ${limitBytes} bytes.`));
      else controller.enqueue(chunk);
    },
  });
}
