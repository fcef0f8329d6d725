import { ArchiveError } from "./limits.ts";

/** Bytes in pieces, of which only one need be in memory. */
export type ByteStream = AsyncIterable<Uint8Array>;

/** An entry of an archive, sound by itself: its path and what it points at stay inside. */
export type ArchiveEntry =
  | { readonly kind: "directory"; readonly path: string }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  | {
      readonly kind: "file";
      readonly path: string;
      readonly sizeBytes: number;
      readonly isExecutable: boolean;
      /** To be read before the next entry is asked for; what is not read is passed over. */
      readonly content: ByteStream;
    };

/** All of a stream's bytes, if they are not too many. @throws ArchiveError `too_big` as soon as they are */
export async function gatherAtMost(stream: AsyncIterable<string | Uint8Array>, mostBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const piece = Buffer.from(chunk);
    chunks.push(piece);
    bytes += piece.length;
    if (bytes <= mostBytes) continue;
    throw new ArchiveError("too_big", `The archive is larger than the ${mostBytes} bytes allowed.`, {
      limit: "totalBytes",
    });
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** All of a stream's bytes, which were counted before. */
export async function gather(stream: ByteStream): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

/** The same bytes in pieces of this size, the last one smaller. */
export async function* inPieces(stream: ByteStream, pieceBytes: number): AsyncGenerator<Uint8Array> {
  let piece = new Uint8Array(pieceBytes);
  let filled = 0;
  for await (const chunk of stream) {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + pieceBytes - filled);
      piece.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < pieceBytes) continue;
      yield piece;
      // Whoever took it may keep it, or hand it to another thread.
      piece = new Uint8Array(pieceBytes);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.slice(0, filled);
}
