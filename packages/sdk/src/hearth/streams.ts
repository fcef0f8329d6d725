/** Bytes, or text as UTF-8, whole or as they come. */
export type BytesSource =
  | string
  | Uint8Array
  | Blob
  | ReadableStream<Uint8Array | string>
  | AsyncIterable<Uint8Array | string>;

const encoder = new TextEncoder();

/** Takes any source apart into pieces as they come, each once; text is encoded as UTF-8. */
export async function* bytesOf(source: BytesSource): AsyncGenerator<Uint8Array, void, undefined> {
  if (typeof source === "string" || source instanceof Uint8Array) {
    yield toBytes(source);
    return;
  }
  const stream = source instanceof Blob ? source.stream() : source;
  const pieces: AsyncIterable<Uint8Array | string> = stream instanceof ReadableStream ? eachOf(stream) : stream;
  for await (const piece of pieces) yield toBytes(piece);
}

function toBytes(piece: Uint8Array | string): Uint8Array {
  return typeof piece === "string" ? encoder.encode(piece) : piece;
}

/** The pieces of a stream; leaving the loop cancels it. Not every browser's streams are iterable by themselves. */
export async function* eachOf<T>(stream: ReadableStream<T>): AsyncGenerator<T, void, undefined> {
  const reader = stream.getReader();
  let isOver = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      isOver = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!isOver) await reader.cancel().catch(() => undefined); // a broken one says so again
    reader.releaseLock();
  }
}

/** The text of a body as it comes, in whole characters. */
export async function* textOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<string, void, undefined> {
  if (body === null) return;
  const decoder = new TextDecoder();
  for await (const bytes of eachOf(body)) yield decoder.decode(bytes, { stream: true });
}

/** All of a source as one. */
export async function gathered(source: BytesSource): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of bytesOf(source)) {
    pieces.push(piece);
    size += piece.length;
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Any source as a stream, made as it is read. */
export function streamOf(source: BytesSource): ReadableStream<Uint8Array> {
  const pieces = bytesOf(source);
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await pieces.return();
    },
  });
}
