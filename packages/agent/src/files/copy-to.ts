import type { FileHandle } from "node:fs/promises";

/** Writes all of a body to a file, as it comes, from where the file is. Rejects when it breaks off. */
export async function copyTo(file: FileHandle, source: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of source) await file.writeFile(chunk);
}
